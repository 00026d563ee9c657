import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type ArtifactWorld, createArtifactWorld, type Listed } from '../artifacts/artifact-world.ts';
import { createKafkaWorld, type KafkaWorld } from '../kafka/kafka-world.ts';
import { eventually } from '../support/eventually.ts';
import { lagOf } from '../support/lag-of.ts';

const TIMEOUT_MS = 180_000;
const RUN = 'study';

let world: ArtifactWorld;
let kafka: KafkaWorld;
beforeAll(async () => {
  kafka = await createKafkaWorld();
  const folder = kafka.bucketPrefix;
  world = await createArtifactWorld({
    ARTIFACT_MODEL_URI: `s3://${process.env.S3_BUCKET}/${folder}models/{trial_id}/model.pth`,
  });
}, TIMEOUT_MS);
afterAll(async () => {
  await world.close();
  await kafka.close();
});

const modelKey = (trial: string) => `${kafka.bucketPrefix}models/${trial}/model.pth`;

/** Posts events, and returns the artifacts of a trial once every consumer has handled them. */
async function artifactsAfter(trial: string, ...events: readonly object[]): Promise<readonly Listed[]> {
  for (const event of events) await world.post({ model_run_id: RUN, trial_id: trial, ...event });
  for (const role of ['router', 'artifacts', 'router', 'postgres'] as const) {
    await eventually(async () => (await lagOf(kafka.admin, world.topicPrefix, role)) === 0);
  }
  return (await world.list(RUN, trial)).body.artifacts as readonly Listed[];
}

describe('the model of a trial is found', () => {
  test.each([
    ['stops as completed', { event: 'ml.run.stop', state: 'completed' }],
    ['stops in the shape of the Python workers', { event: 'ml.run.stop', metadata: { success: true } }],
    ['completes', { event: 'ml.trial.complete' }],
  ])(
    'when it %s without stating an address',
    async (what, event) => {
      await world.putAt(modelKey(what), 'model');
      const [artifact, ...others] = await artifactsAfter(what, event);
      expect(others).toEqual([]);
      expect(artifact).toMatchObject({
        name: 'model.pth',
        type: 'model_checkpoint',
        uri: `s3://${process.env.S3_BUCKET}/${modelKey(what)}`,
        size_bytes: 5,
        sha256: null,
      });
      expect(await (await fetch(artifact?.link ?? '')).text()).toBe('model');
    },
    TIMEOUT_MS,
  );

  test(
    'once, however often its end is reported',
    async () => {
      await world.putAt(modelKey('twice'), 'model');
      const end = { event: 'ml.trial.complete', event_id: 'end-of-twice' };
      expect(await artifactsAfter('twice', end, end, { event: 'ml.run.stop', state: 'completed' })).toHaveLength(1);
    },
    TIMEOUT_MS,
  );
});

describe('no model is listed for a trial', () => {
  test.each([
    ['that fails', { event: 'ml.trial.failed', error_type: 'ValueError' }],
    ['that stops as failed', { event: 'ml.run.stop', state: 'failed' }],
    ['that is cancelled', { event: 'ml.run.stop', state: 'cancelled' }],
    ['that only starts', { event: 'ml.trial.start' }],
  ])(
    '%s',
    async (what, event) => {
      await world.putAt(modelKey(what), 'model');
      expect(await artifactsAfter(what, event)).toEqual([]);
    },
    TIMEOUT_MS,
  );

  test(
    'whose object does not exist',
    async () => {
      expect(await artifactsAfter('absent', { event: 'ml.trial.complete' })).toEqual([]);
    },
    TIMEOUT_MS,
  );

  test(
    'that states another address',
    async () => {
      await world.putAt(modelKey('stated'), 'model');
      const uri = await world.putObject('elsewhere.pth', 'other');
      const listed = await artifactsAfter('stated', { event: 'ml.trial.complete', artifact_uri: uri });
      expect(listed.map((artifact) => artifact.uri)).toEqual([uri]);
    },
    TIMEOUT_MS,
  );
});

test(
  'a trial whose object the store always fails for holds up no later one',
  async () => {
    // The disk of the object store has no file name of so many bytes, and it answers 500.
    const long = 'é'.repeat(255);
    await world.post({ event: 'ml.trial.complete', model_run_id: RUN, trial_id: long });
    await world.putAt(modelKey('later'), 'model');
    // The search for the first one takes several attempts.
    expect(await artifactsAfter('later', { event: 'ml.trial.complete' })).toHaveLength(1);
    expect((await world.list(RUN, long)).body.artifacts).toEqual([]);
  },
  TIMEOUT_MS,
);
