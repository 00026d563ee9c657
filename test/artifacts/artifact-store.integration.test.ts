import { createHash } from 'node:crypto';
import { afterAll, expect, test } from '@jest/globals';
import { PART_BYTES } from '../../src/artifacts/part-buffer.ts';
import { loadConfig } from '../../src/config.ts';
import { createWorld } from '../support/world.ts';
import { openTestBucket, unfinishedUploads } from './bucket.ts';

const world = await createWorld();
const { s3 } = loadConfig(world.environment);
const bucket = await openTestBucket({ ...world, s3 });
const { store } = bucket;
afterAll(async () => {
  await bucket.close();
  await world.close();
});

const object = (key: string) => ({ bucket: s3.bucket, key: `${world.bucketPrefix}${key}` });
const part = (bytes: Buffer, of = bytes) => ({ bytes, sha256: createHash('sha256').update(of).digest('hex') });

test('an object has its size and type', async () => {
  expect(await store.state(object('absent'))).toEqual({ kind: 'absent' });
  await store.put(object('ä b'), part(Buffer.from('abc')), 'text/plain');
  expect(await store.state(object('ä b'))).toEqual({ kind: 'there', sizeBytes: 3, contentType: 'text/plain' });
  await store.remove(object('ä b'));
  expect(await store.state(object('ä b'))).toEqual({ kind: 'absent' });
});

test('an object in a bucket that does not exist is absent', async () => {
  expect(await store.state({ bucket: 'no-such-bucket', key: 'a' })).toEqual({ kind: 'absent' });
});

test('the store refuses bytes that do not have the hash they are sent with', async () => {
  const damaged = part(Buffer.from('abc'), Buffer.from('abd'));
  await expect(store.put(object('damaged'), damaged, 'text/plain')).rejects.toMatchObject({ name: 'StoreRefused' });
  expect(await store.state(object('damaged'))).toEqual({ kind: 'absent' });
  const parted = await store.begin(object('damaged'), 'text/plain');
  await expect(parted.upload(damaged)).rejects.toMatchObject({ name: 'StoreRefused' });
  await parted.abort();
});

test('an object in parts exists once it is complete, and until then it is noted as unfinished', async () => {
  const unfinished = async () => {
    const { rows } = await bucket.pool.query('select key from multipart_uploads');
    expect(await unfinishedUploads(s3, world.bucketPrefix)).toEqual(rows.map(({ key }) => key));
    return rows.map(({ key }) => key);
  };
  const { key } = object('parts');
  const parted = await store.begin(object('parts'), 'text/plain');
  await parted.upload(part(Buffer.alloc(PART_BYTES, 1)));
  await parted.upload(part(Buffer.from('end')));
  expect(await unfinished()).toEqual([key]);
  expect(await store.state(object('parts'))).toEqual({ kind: 'absent' });
  await parted.complete();
  expect(await store.state(object('parts'))).toMatchObject({ kind: 'there', sizeBytes: PART_BYTES + 3 });
  expect(await unfinished()).toEqual([]);

  const aborted = await store.begin(object('aborted'), 'text/plain');
  await aborted.upload(part(Buffer.from('a')));
  await aborted.abort();
  await aborted.abort();
  expect(await unfinished()).toEqual([]);
});

test('a store that does not respond is unavailable', async () => {
  const away = await openTestBucket({ ...world, s3, endpoint: 'http://127.0.0.1:1' });
  await expect(away.store.state(object('a'))).rejects.toMatchObject({ name: 'StoreUnavailable' });
  await away.close();
});
