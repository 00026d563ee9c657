import type { MetricTable } from './metric.ts';

/** Uploads and copies of artifacts. */
export const ARTIFACT_METRICS = {
  artifactUploads: {
    kind: 'counter',
    name: 'artifact_uploads_total',
    labels: ['result'],
    values: { result: ['stored', 'unchanged', 'refused', 'failed', 'abandoned'] },
    help:
      'Uploads of artifacts, by result: stored, unchanged (the same content was there), refused, failed (a dependency), ' +
      'abandoned (the client left or took too long).',
  },
  artifactUploadBytes: {
    kind: 'counter',
    name: 'artifact_upload_bytes_total',
    labels: [],
    help: 'Bytes of bodies of uploads that arrived.',
  },
  artifactBytes: {
    kind: 'gauge',
    name: 'artifact_held_bytes',
    labels: [],
    help: 'Bytes of uploads in memory.',
  },
  artifactOverloads: {
    kind: 'counter',
    name: 'artifact_overloads_total',
    labels: ['cause'],
    values: { cause: ['bytes_in_flight', 'client_share'] },
    help:
      'Uploads answered 503 overloaded, by cause: bytes_in_flight (ARTIFACT_BYTES_IN_FLIGHT is used up), client_share (one ' +
      'client holds its share of it).',
  },
  artifactSearches: {
    kind: 'counter',
    name: 'artifact_searches_total',
    labels: ['result'],
    values: { result: ['found', 'absent', 'denied'] },
    help: 'Searches for the model of a trial that completed without stating an address, by result: found, absent, denied.',
  },
  artifactCopies: {
    kind: 'counter',
    name: 'artifact_copies_total',
    labels: ['result'],
    values: { result: ['copied', 'left_out', 'refused', 'failed'] },
    help:
      'Artifacts for the MLflow runs of their trials, by result: copied, left_out (the table artifact_copies has the ' +
      'reason; another attempt follows after a day), refused (the object store refuses the object; further attempts are rare), ' +
      'failed (a dependency was unavailable; the artifact waits).',
  },
  artifactRemovals: {
    kind: 'counter',
    name: 'artifact_removals_total',
    labels: ['object'],
    values: { object: ['replaced', 'unfinished'] },
    help: 'Objects removed from the bucket, by kind: replaced (a later upload has the same name), unfinished (an upload that was interrupted).',
  },
} as const satisfies MetricTable;
