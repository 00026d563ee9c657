import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type ArtifactWorld, createArtifactWorld, pathOf } from '../artifacts/artifact-world.ts';
import { startUpload } from '../artifacts/slow-upload.ts';
import { eventually } from '../support/eventually.ts';

const TIMEOUT_MS = 180_000;
const MIB = 1_048_576;

let world: ArtifactWorld;
beforeAll(async () => {
  world = await createArtifactWorld({ ARTIFACT_BYTES_IN_FLIGHT: String(32 * MIB) });
}, TIMEOUT_MS);
afterAll(() => world.close());

const urlOf = (name: string) => world.serving.url + pathOf('r', 't', name);

test(
  'uploads beyond the memory for them are answered 503 at once, and the others succeed',
  async () => {
    const metric = async () => {
      const text = (await world.ask('/metrics')).body.text as string;
      return Number(/^thunderline_artifact_held_bytes (\d+)/m.exec(text)?.[1]);
    };
    const open = [startUpload(urlOf('a'), 10 * MIB), startUpload(urlOf('b'), 10 * MIB)];
    for (const upload of open) await upload.send(Buffer.alloc(MIB));
    await eventually(async () => (await metric()) === 16 * MIB);
    const refused = startUpload(urlOf('c'), 10 * MIB);
    refused.sent.flushHeaders();
    expect(await refused.answer).toMatchObject({ status: 503, body: { code: 'overloaded' } });
    for (const { sent } of open) sent.end(Buffer.alloc(9 * MIB));
    for (const { answer } of open) expect(await answer).toMatchObject({ status: 201 });
    await eventually(async () => (await metric()) === 0);
  },
  TIMEOUT_MS,
);
