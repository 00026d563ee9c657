import { exactDocument } from './exact-document.ts';
import type { MetricValue } from './shapes.ts';

/** @param row alias of `model_runs` or `cerebros_model_trials`. */
export const DOCUMENT_COLUMNS = (row: string): string =>
  `${row}.artifact_uri, ` +
  ['hyperparams', 'parameters', 'metadata', 'metrics'].map((name) => `${row}.${name}::text`).join(', ');

/** The columns of {@link DOCUMENT_COLUMNS}: JSON as text, because a number of JavaScript would lose digits. */
export interface DocumentRow {
  readonly artifact_uri: string | null;
  readonly hyperparams: string | null;
  readonly parameters: string | null;
  readonly metadata: string | null;
  readonly metrics: string | null;
}

export const documents = (row: DocumentRow) => ({
  artifact_uri: row.artifact_uri,
  hyperparams: exactDocument(row.hyperparams),
  parameters: exactDocument(row.parameters),
  metadata: exactDocument(row.metadata),
  // Doubles, so nothing is lost; NaN and infinities are stored as texts.
  metrics: row.metrics === null ? null : (JSON.parse(row.metrics) as Record<string, MetricValue>),
});
