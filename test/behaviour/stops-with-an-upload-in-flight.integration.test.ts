import { expect, test } from '@jest/globals';
import { createArtifactWorld, pathOf } from '../artifacts/artifact-world.ts';
import { unfinishedUploads } from '../artifacts/bucket.ts';
import { startUpload } from '../artifacts/slow-upload.ts';
import { eventually } from '../support/eventually.ts';

const TIMEOUT_MS = 180_000;
const MIB = 1_048_576;

test(
  'an upload whose body does not arrive before the stop is answered 503, and its parts are removed',
  async () => {
    const world = await createArtifactWorld({ SHUTDOWN_MS: '15000' });
    const unfinished = () => unfinishedUploads(world.config.s3, world.config.artifacts.prefix);
    const upload = startUpload(world.serving.url + pathOf('r', 't', 'm.pth'), 30 * MIB);
    await upload.send(Buffer.alloc(18 * MIB));
    await eventually(async () => (await unfinished()).length === 1);
    await world.serving.stop();
    expect(await upload.answer).toMatchObject({ status: 503, body: { code: 'shutting_down' } });
    expect(await unfinished()).toEqual([]);
    await world.close();
  },
  TIMEOUT_MS,
);
