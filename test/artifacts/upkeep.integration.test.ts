import { randomUUID } from 'node:crypto';
import { CreateMultipartUploadCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type pg from 'pg';
import { createPublishArtifacts } from '../../src/artifacts/publish-artifacts.ts';
import { abortUnfinished, removeReplaced } from '../../src/artifacts/remove-objects.ts';
import { type SettleParts, settlePending } from '../../src/artifacts/settle-pending.ts';
import { createWriteUploadRow } from '../../src/artifacts/write-upload-row.ts';
import type { ArtifactStored } from '../../src/avro/records.ts';
import { type Connections, openConnections } from '../../src/connections.ts';
import { createLog } from '../../src/log.ts';
import { createMetrics } from '../../src/metrics.ts';
import { KafkaUnavailable } from '../../src/record.ts';
import { Lifecycle } from '../../src/runtime/lifecycle.ts';
import { DatabaseUnavailable } from '../../src/store/database-error.ts';
import { pendingUploads } from '../../src/store/tables/pending-uploads.ts';
import { replacedArtifacts } from '../../src/store/tables/replaced-artifacts.ts';
import { eventually } from '../support/eventually.ts';
import { type ArtifactWorld, createArtifactWorld, type Listed, pathOf, sha256 } from './artifact-world.ts';
import { type Bucket, openTestBucket, unfinishedUploads } from './bucket.ts';
import { type S3Front, startS3Front } from './s3-front.ts';

const START_MS = 180_000;
const log = createLog('silent');
const metrics = createMetrics();
const lifecycle = new Lifecycle(log);

let world: ArtifactWorld;
let connections: Connections;
let pool: pg.Pool;
let bucket: Bucket;
let front: S3Front;
let parts: SettleParts;

beforeAll(async () => {
  front = await startS3Front(process.env.S3_ENDPOINT ?? '');
  // The role does the same once a minute, and must find the same store.
  world = await createArtifactWorld({ ARTIFACT_KEEP_REPLACED_MS: '0', S3_ENDPOINT: front.url });
  const settings = { purpose: 'test', registers: ['ml.events'], lifecycle } as const;
  connections = openConnections(world.config, { log, metrics }, settings);
  pool = await connections.postgres();
  const { databaseUrl, config } = world;
  bucket = await openTestBucket({ databaseUrl, s3: config.s3, endpoint: front.url });
  const publish = createPublishArtifacts(
    await connections.codec(),
    await connections.producer(),
    world.config.kafka.topicPrefix,
  );
  const newTrace = () => ({ traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' });
  const writeRow = createWriteUploadRow(pool, replacedArtifacts(pool), 0);
  parts = { pending: pendingUploads(pool), store: bucket.store, publish, writeRow, newTrace };
}, START_MS);
afterAll(async () => {
  await lifecycle.stop(START_MS);
  await bucket.close();
  await world.close();
  await front.close();
});
beforeEach(async () => {
  await pool.query('delete from pending_uploads');
  front.set(() => undefined);
});

/** The record of an upload whose process ended before it was written. */
async function unwritten(trial: string, body: string | undefined): Promise<ArtifactStored> {
  const key = `artifacts/r/${trial}/v/m.pth`;
  const uri = body === undefined ? `s3://${world.config.s3.bucket}/absent` : await world.putObject(key, body);
  const record: ArtifactStored = {
    event_id: randomUUID(),
    timestamp: Date.now(),
    received_at: Date.now(),
    model_run_id: 'r',
    trial_id: trial,
    attempt: 0,
    type: 'model_checkpoint',
    name: 'm.pth',
    uri,
    size_bytes: 4,
    sha256: sha256('body'),
    content_type: null,
    correlation_id: null,
  };
  await parts.pending.add(record);
  return record;
}

const waiting = async (): Promise<number> => (await parts.pending.olderThan(0, 100)).length;

test('the record of a finished upload is written after its process has ended', async () => {
  await unwritten('ended', 'body');
  await settlePending(parts, 0);
  expect(await waiting()).toBe(0);
  await eventually(async () => (await world.list('r', 'ended')).status === 200);
  const [artifact] = (await world.list('r', 'ended')).body.artifacts as readonly Listed[];
  expect(artifact).toMatchObject({ name: 'm.pth', sha256: sha256('body'), size_bytes: 4 });
});

test('a record waits while Kafka is unavailable, and while its request may still write it', async () => {
  await unwritten('waits', 'body');
  const away = async () => {
    throw new KafkaUnavailable('away');
  };
  await expect(settlePending({ ...parts, publish: away }, 0)).rejects.toThrow('away');
  expect(await waiting()).toBe(1);
  await settlePending(parts);
  expect(await waiting()).toBe(1);
});

test('an upload that never became an object is forgotten once no request can complete it', async () => {
  const { event_id } = await unwritten('absent', undefined);
  await settlePending(parts, 0);
  expect(await waiting()).toBe(1);
  await pool.query(`update pending_uploads set noted_at = now() - interval '2 hours' where event_id = $1`, [event_id]);
  await settlePending(parts, 0);
  expect(await waiting()).toBe(0);
  expect((await world.list('r', 'absent')).status).toBe(404);
});

test('the object of a replaced upload is removed, and that of the upload that counts is kept', async () => {
  for (const content of ['one', 'two', 'three']) await world.put(pathOf('r', 'replaced', 'm.pth'), content);
  await world.put(pathOf('r', 'replaced', 'other.pth'), 'other');
  await removeReplaced(replacedArtifacts(pool), bucket.store, metrics);
  const keys = (await world.keys()).filter((key) => key.startsWith('artifacts/r/replaced/'));
  const { body } = await world.list('r', 'replaced');
  const listed = body.artifacts as readonly Listed[];
  expect(listed.map(({ name, sha256: sum }) => [name, sum])).toEqual([
    ['m.pth', sha256('three')],
    ['other.pth', sha256('other')],
  ]);
  expect(keys).toHaveLength(2);
  for (const { link } of listed) expect((await fetch(link ?? '')).status).toBe(200);
});

test('the object of an upload is removed that was replaced by one whose process ended before it could note that', async () => {
  await world.put(pathOf('r', 'interrupted', 'm.pth'), 'one');
  await unwritten('interrupted', 'body');
  await settlePending(parts, 0);
  await removeReplaced(replacedArtifacts(pool), bucket.store, metrics);
  const keys = (await world.keys()).filter((key) => key.startsWith('artifacts/r/interrupted/'));
  expect(keys).toEqual(['artifacts/r/interrupted/v/m.pth']);
});

test('a row that Postgres cannot have yet keeps the upload waiting', async () => {
  await unwritten('rowless', 'body');
  const away = async () => {
    throw new DatabaseUnavailable(new Error('away'));
  };
  await expect(settlePending({ ...parts, writeRow: away }, 0)).rejects.toThrow('away');
  expect(await waiting()).toBe(1);
  await settlePending(parts, 0);
  expect(await waiting()).toBe(0);
});

test('an object that the store refuses to remove holds up no other, and is tried again later', async () => {
  for (const name of ['kept.pth', 'gone.pth']) {
    for (const content of ['one', 'two']) await world.put(pathOf('r', 'refused', name), content);
  }
  const keys = async () => (await world.keys()).filter((key) => key.startsWith('artifacts/r/refused/'));
  const remove = () => removeReplaced(replacedArtifacts(pool), bucket.store, metrics);
  front.set(({ method, url }) => (method === 'DELETE' && url.includes('kept.pth') ? 403 : undefined));
  await remove();
  expect(await keys()).toHaveLength(3);
  front.set(() => undefined);
  await remove();
  expect(await keys()).toHaveLength(3);
  await pool.query('update model_artifacts set remove_at = now() where remove_at is not null');
  await remove();
  expect(await keys()).toHaveLength(2);
});

test('uploads that the store denies a look at hold up no other, however many there are', async () => {
  await pool.query(
    `insert into pending_uploads (event_id, record, noted_at)
     select gen_random_uuid(), json_build_object('uri', $1::text, 'event_id', gen_random_uuid()), now() - interval '2 hours'
     from generate_series(1, 150)`,
    [`s3://${world.config.s3.bucket}/denied`],
  );
  await unwritten('after', 'body');
  front.set(({ url }) => (url.endsWith('/denied') ? 403 : undefined));
  await settlePending(parts, 0);
  expect((await parts.pending.olderThan(0, 200)).length).toBe(150);
  await eventually(async () => (await world.list('r', 'after')).status === 200);
});

describe('an upload in parts', () => {
  const abort = () => abortUnfinished(bucket.uploads, bucket.multiparts, metrics);
  const unfinished = () => unfinishedUploads(world.config.s3, world.config.artifacts.prefix);
  const due = (interval: string) => pool.query('update multipart_uploads set abort_at = now() + $1', [interval]);
  const begin = async (name: string) => {
    const key = `${world.config.artifacts.prefix}/${name}`;
    const parted = await bucket.store.begin({ bucket: world.config.s3.bucket, key }, 'text/plain');
    await parted.upload({ bytes: Buffer.from('part'), sha256: sha256('part') });
    return key;
  };

  test('is aborted once its process must have ended, and one of another program never is', async () => {
    const foreign = `${world.config.artifacts.prefix}/foreign`;
    const { bucket: Bucket } = world.config.s3;
    await bucket.client.send(new CreateMultipartUploadCommand({ Bucket, Key: foreign }));
    const own = await begin('own');
    await abort();
    expect([...(await unfinished())].sort()).toEqual([foreign, own]);
    await due('0');
    await abort();
    expect(await unfinished()).toEqual([foreign]);
  });

  test('that the store refuses to abort holds up no other', async () => {
    const kept = await begin('kept');
    const other = await begin('other');
    await due('0');
    front.set(({ method, url }) => (method === 'DELETE' && url.includes('/kept') ? 403 : undefined));
    await abort();
    expect(await unfinished()).toContain(kept);
    expect(await unfinished()).not.toContain(other);
    expect((await pool.query('select key, abort_at > now() as later from multipart_uploads')).rows).toEqual([
      { key: kept, later: true },
    ]);
  });
});
