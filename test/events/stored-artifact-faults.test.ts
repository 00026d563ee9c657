import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { ArtifactStored } from '../../src/avro/records.ts';
import { faultsOfStoredArtifact } from '../../src/events/stored-artifact-faults.ts';
import { storedArtifactArbitrary } from '../arbitraries/records.ts';

const [sound] = fc.sample(storedArtifactArbitrary, { numRuns: 1, seed: 1 }) as [ArtifactStored];

test('a report as Thunderline writes it has no fault', () => {
  fc.assert(
    fc.property(storedArtifactArbitrary, (record) => {
      expect(faultsOfStoredArtifact(record)).toEqual([]);
    }),
  );
});

test.each<[keyof ArtifactStored, unknown, string]>([
  ['event_id', 'x', 'invalid_value'],
  ['timestamp', 1e15, 'invalid_timestamp'],
  ['received_at', -1e15, 'invalid_timestamp'],
  ['model_run_id', '', 'invalid_value'],
  ['model_run_id', '..', 'invalid_value'],
  ['trial_id', '.', 'invalid_value'],
  ['trial_id', 'a\0', 'control_character'],
  ['attempt', 100_000, 'invalid_value'],
  ['type', 'x'.repeat(256), 'too_long'],
  ['name', '../x', 'invalid_value'],
  ['uri', '', 'invalid_value'],
  ['uri', 'x'.repeat(4_097), 'too_long'],
  ['uri', 's3://b/\0', 'control_character'],
  ['uri', 's3://b/\ud800', 'invalid_unicode'],
  ['size_bytes', -1, 'invalid_value'],
  ['sha256', 'A'.repeat(64), 'invalid_value'],
  ['content_type', 'a\n', 'control_character'],
])('%s = %j is %s', (path, value, code) => {
  expect(faultsOfStoredArtifact({ ...sound, [path]: value })).toEqual([expect.objectContaining({ path, code })]);
});
