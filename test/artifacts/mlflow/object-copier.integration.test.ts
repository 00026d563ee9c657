import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, expect, test } from '@jest/globals';
import type { SourceObject } from '../../../src/artifacts/mlflow/object-copier.ts';
import { abortUnfinished } from '../../../src/artifacts/remove-objects.ts';
import { loadConfig } from '../../../src/config.ts';
import { createMetrics } from '../../../src/metrics.ts';
import { until } from '../../support/until.ts';
import { createWorld } from '../../support/world.ts';
import { sha256 } from '../artifact-world.ts';
import { openTestBucket, unfinishedUploads } from '../bucket.ts';
import { startS3Front } from '../s3-front.ts';

const MIB = 1_048_576;
const world = await createWorld();
const { s3 } = loadConfig(world.environment);
const bucket = await openTestBucket({ ...world, s3, partBytes: 5 * MIB });
const { client, store, copier } = bucket;
afterAll(async () => {
  await bucket.close();
  await world.close();
});

const object = (key: string) => ({ bucket: s3.bucket, key: `${world.bucketPrefix}${key}` });

async function putObject(key: string, bytes: Buffer): Promise<SourceObject> {
  await store.put(object(key), { bytes, sha256: sha256(bytes) }, 'text/plain');
  return (await copier.look(object(key))) as SourceObject;
}

async function read(key: string): Promise<Buffer> {
  const { Body } = await client.send(new GetObjectCommand({ Bucket: s3.bucket, Key: object(key).key }));
  return Buffer.from((await Body?.transformToByteArray()) ?? []);
}

test.each([
  ['nothing', 0],
  ['exactly a part', 5 * MIB],
  ['a part and a byte', 5 * MIB + 1],
  ['several parts', 12 * MIB],
])('a copy of %s has its bytes and its mark', async (_, bytes) => {
  const body = randomBytes(bytes);
  const source = await putObject(`ä &+${bytes}`, body);
  expect(source.mark).toBeUndefined();
  await copier.copy(source, object(`copy/${bytes}`), 'mark-1');
  expect((await read(`copy/${bytes}`)).equals(body)).toBe(true);
  expect(await copier.look(object(`copy/${bytes}`))).toMatchObject({ sizeBytes: bytes, mark: 'mark-1' });
});

test('a source that was replaced is not mixed into a copy in parts', async () => {
  const before = await putObject('changes', randomBytes(6 * MIB));
  await putObject('changes', randomBytes(6 * MIB));
  await expect(copier.copy(before, object('mixed'), 'mark')).rejects.toMatchObject({ name: 'StoreRefused' });
  expect(await copier.look(object('mixed'))).toBeUndefined();
  expect(await unfinishedUploads(s3, world.bucketPrefix)).toEqual([]);
});

test('an object that does not exist is not there', async () => {
  expect(await copier.look(object('absent'))).toBeUndefined();
});

test('a copy in parts whose process is killed -9 leaves a note, by which its parts are removed', async () => {
  const front = await startS3Front(s3.endpoint?.reveal() ?? '');
  front.set(({ url }) => (url.includes('partNumber=2') ? 'hang' : undefined));
  const source = await putObject('killed', randomBytes(12 * MIB));
  const script = join(import.meta.dirname, 'copy-in-parts.ts');
  const { key } = object('copy/killed');
  const child = spawn(process.execPath, [script, front.url, source.key, key], { env: world.environment });
  const ended = once(child, 'exit');
  await front.hanging;
  child.kill('SIGKILL');
  await ended;
  await front.close();
  const unfinished = () => unfinishedUploads(s3, world.bucketPrefix);
  expect(await unfinished()).toEqual([key]);
  await until('the upload must have ended', 60_000, async () => (await bucket.uploads.due(1)).length === 1);
  await abortUnfinished(bucket.uploads, bucket.multiparts, createMetrics());
  expect(await unfinished()).toEqual([]);
});
