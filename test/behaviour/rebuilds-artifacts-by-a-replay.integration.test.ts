import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type ArtifactWorld, createArtifactWorld, pathOf } from '../artifacts/artifact-world.ts';
import { createKafkaWorld, type KafkaWorld } from '../kafka/kafka-world.ts';
import { type ReplaySettings, runReplay } from '../replay/run-replay.ts';
import { eventually } from '../support/eventually.ts';
import { lagOf } from '../support/lag-of.ts';

const TIMEOUT_MS = 180_000;

let world: ArtifactWorld;
let kafka: KafkaWorld;
beforeAll(async () => {
  world = await createArtifactWorld({ ARCHIVE_OBJECT_AGE_MS: '500' });
  kafka = await createKafkaWorld();
}, TIMEOUT_MS);
afterAll(async () => {
  await world.close();
  await kafka.close();
});

const rebuild = (archive: ReplaySettings['archive']) => runReplay(world.config, { archive, restart: true });

test(
  'uploads and stated artifacts come back from the topics and from the archive after the tables are emptied',
  async () => {
    const { body } = await world.put(pathOf('r', 't', 'stated.pth'), 'one');
    await world.put(pathOf('r', 't', 'replaced.pth'), 'one');
    await world.put(pathOf('r', 't', 'replaced.pth'), 'two');
    const complete = { event: 'ml.trial.complete', model_run_id: 'r', trial_id: 't', artifact_uri: body.uri };
    await world.post(complete);
    for (const role of ['router', 'postgres', 'archive'] as const) {
      await eventually(async () => (await lagOf(kafka.admin, world.topicPrefix, role)) === 0);
    }
    const content = await world.tables.content();
    expect(content.model_artifacts).toHaveLength(3);

    for (const archive of [undefined, { bucket: world.config.s3.bucket, prefix: world.config.archive.prefix }]) {
      await world.tables.empty();
      await rebuild(archive);
      expect(await world.tables.content()).toEqual(content);
    }
  },
  TIMEOUT_MS,
);
