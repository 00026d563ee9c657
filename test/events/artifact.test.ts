import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Artifact, artifactOfEvent, mergeArtifacts, storedArtifact } from '../../src/events/artifact.ts';
import { crowdedEventArbitrary } from '../arbitraries/events.ts';
import { crowdedArtifactArbitrary } from '../arbitraries/records.ts';
import { accept } from './receive.ts';

const URI = 's3://bucket/key';
const at = (timestamp: number, fields: object = {}) =>
  accept('ml.trial.complete', {
    model_run_id: 'r',
    trial_id: 't',
    timestamp: 1_760_000_000_000 + timestamp,
    ...fields,
  });

test('an event without an address has no artifact', () => {
  expect(artifactOfEvent(at(0))).toBeUndefined();
  expect(artifactOfEvent(accept('ml.run.metric', { trial_id: 't', measurements: { loss: 1 } }))).toBeUndefined();
});

test('an event that names the address of an upload leaves the size and checksum of the upload', () => {
  const [record] = fc.sample(crowdedArtifactArbitrary, { numRuns: 1, seed: 1 });
  const stored = storedArtifact({ ...(record as NonNullable<typeof record>), uri: URI, size_bytes: 7 });
  const stated = artifactOfEvent(at(9_000_000, { artifact_uri: URI })) as Artifact;
  for (const merged of [mergeArtifacts(stored, stated), mergeArtifacts(stated, stored)]) {
    expect(merged.said.stored?.values[1]).toBe(7);
    expect(merged.said.stated?.values).toEqual(['{"spectral_norm":false,"mlflow_run_id":null}']);
  }
});

/** Statements about one artifact. */
const statements: fc.Arbitrary<Artifact> = fc
  .oneof(
    crowdedArtifactArbitrary.map(storedArtifact),
    crowdedEventArbitrary.map((event) =>
      'artifact_uri' in event ? artifactOfEvent({ ...event, artifact_uri: URI }) : undefined,
    ),
  )
  .filter((artifact) => artifact !== undefined)
  .map((artifact) => ({ ...artifact, model_run_id: 'r', trial_id: 't', uri: URI }));

test('an artifact is the same for any order and repetition of the statements about it', () => {
  const lists = fc.array(statements, { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(
      lists.chain((list) =>
        fc.tuple(fc.constant(list), fc.shuffledSubarray([...list, ...list], { minLength: 2 * list.length })),
      ),
      ([list, again]) => {
        const merge = (all: readonly Artifact[]) => all.reduce<Artifact | undefined>(mergeArtifacts, undefined);
        expect(merge(again)).toEqual(merge(list));
      },
    ),
  );
});
