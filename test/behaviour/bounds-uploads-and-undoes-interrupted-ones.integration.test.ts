import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type ArtifactWorld, createArtifactWorld, pathOf } from '../artifacts/artifact-world.ts';
import { unfinishedUploads } from '../artifacts/bucket.ts';
import { startUpload } from '../artifacts/slow-upload.ts';
import { eventually } from '../support/eventually.ts';
import { until } from '../support/until.ts';

const TIMEOUT_MS = 180_000;
const MIB = 1_048_576;
const MAX_BYTES = 40 * MIB;
/** Longer than a busy machine takes from one piece of an upload to the next. */
const TIME_MS = 5_000;

let world: ArtifactWorld;
beforeAll(async () => {
  world = await createArtifactWorld({
    ARTIFACT_MAX_BYTES: String(MAX_BYTES),
    HTTP_REQUEST_TIMEOUT_MS: String(TIME_MS),
  });
}, TIMEOUT_MS);
afterAll(() => world.close());

const urlOf = (name: string) => world.serving.url + pathOf('r', 't', name);

/** The uploads in parts that have not ended. */
const unfinished = async (): Promise<number> =>
  (await unfinishedUploads(world.config.s3, world.config.artifacts.prefix)).length;

async function expectNothingStored(): Promise<void> {
  await eventually(async () => (await unfinished()) === 0);
  expect(await world.keys()).toEqual([]);
  expect((await world.list('r', 't')).status).toBe(404);
}

describe('an upload that is interrupted leaves nothing, and may be sent again:', () => {
  test.each([
    ['in its first part', 3 * MIB, false],
    ['after its first part', 18 * MIB, false],
    ['after its first part, without a length', 18 * MIB, true],
  ])(
    '%s',
    async (_, bytes, chunked) => {
      const upload = startUpload(urlOf('m.pth'), chunked ? undefined : 30 * MIB);
      await upload.send(randomBytes(bytes));
      // Goes on sending, because an upload that stalls is ended after `TIME_MS`.
      const isStarted = async () => {
        await upload.send(randomBytes(65_536));
        return (await unfinished()) === 1;
      };
      if (bytes > 8 * MIB) await until('the upload has started', TIMEOUT_MS / 2, isStarted, TIME_MS / 5);
      upload.sent.destroy();
      await expectNothingStored();
    },
    TIMEOUT_MS,
  );

  test(
    'when the client stalls, which is answered 408',
    async () => {
      const upload = startUpload(urlOf('m.pth'), 30 * MIB);
      await upload.send(randomBytes(18 * MIB));
      expect(await upload.answer).toMatchObject({ status: 408, body: { code: 'request_timeout' } });
      await expectNothingStored();
    },
    TIMEOUT_MS,
  );

  test(
    'when the client trickles, which is answered 408',
    async () => {
      const upload = startUpload(urlOf('m.pth'), 30 * MIB);
      let answered = false;
      void upload.answer.then(() => {
        answered = true;
      });
      while (!answered) {
        await upload.send(Buffer.alloc(10));
        await sleep(TIME_MS / 20);
      }
      expect(await upload.answer).toMatchObject({ status: 408, body: { code: 'request_timeout' } });
      await expectNothingStored();
    },
    TIMEOUT_MS,
  );
});

test(
  'an upload may take longer than other requests while it makes progress',
  async () => {
    const upload = startUpload(urlOf('slow.pth'), 8 * 65_536);
    for (let sent = 0; sent < 8; sent += 1) {
      await upload.send(Buffer.alloc(65_536, sent));
      await sleep(TIME_MS / 5);
    }
    expect(await upload.answer).toMatchObject({ status: 201, body: { size_bytes: 8 * 65_536 } });
  },
  TIMEOUT_MS,
);

describe('an upload of more bytes than the limit is answered 413 and stores nothing:', () => {
  test('announced', async () => {
    const upload = startUpload(urlOf('large.pth'), MAX_BYTES + 1);
    upload.sent.flushHeaders();
    expect(await upload.answer).toMatchObject({ status: 413, body: { code: 'body_too_large' } });
  });

  test(
    'not announced',
    async () => {
      const objects = await world.keys();
      const upload = startUpload(urlOf('large.pth'), undefined);
      await upload.send(Buffer.alloc(MAX_BYTES + MIB));
      upload.sent.end();
      expect(await upload.answer).toMatchObject({ status: 413, body: { code: 'body_too_large' } });
      await eventually(async () => (await unfinished()) === 0);
      expect(await world.keys()).toEqual(objects);
    },
    TIMEOUT_MS,
  );
});
