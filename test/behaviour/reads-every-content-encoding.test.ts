import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import zlib from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { METRIC, NDJSON, post, startGateway, type TestGateway } from '../http/gateway.ts';

const MEBIBYTE = 1_048_576;

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway({ INGEST_MAX_BODY_BYTES: '100000', INGEST_MAX_DECODED_BYTES: String(MEBIBYTE) });
});
afterAll(() => gateway.close());

const encodings = [
  ['gzip', zlib.gzipSync],
  ['x-gzip', zlib.gzipSync],
  ['deflate', zlib.deflateSync],
  ['br', zlib.brotliCompressSync],
  ['zstd', zlib.zstdCompressSync],
] as const;

describe.each(encodings)('%s', (name, compress) => {
  const encoded = { 'content-encoding': name };

  test('an event', async () => {
    expect((await post(gateway.url, compress(JSON.stringify(METRIC)), encoded)).status).toBe(202);
  });

  test('lines', async () => {
    const lines = `${JSON.stringify(METRIC)}\n`.repeat(500);
    const said = await post(gateway.url, compress(lines), { ...encoded, ...NDJSON });
    expect([said.status, said.body.accepted]).toEqual([202, 500]);
  });

  test.each([
    ['cut off', (body: Buffer) => body.subarray(0, body.length - 9)],
    ['not compressed at all', () => Buffer.from(JSON.stringify(METRIC))],
    ['empty', () => Buffer.alloc(0)],
  ])('%s', async (_, bend) => {
    const body = bend(compress(JSON.stringify({ ...METRIC, metadata: { text: 'abcdefghij'.repeat(20) } })));
    const said = await post(gateway.url, body, encoded);
    expect([said.status, said.body.code]).toEqual([400, 'invalid_encoding']);
  });

  test.each([
    ['as JSON', {}],
    ['as lines', NDJSON],
  ])('a bomb %s is stopped at the decoded limit', async (_, type) => {
    const bomb = compress(Buffer.alloc(50 * MEBIBYTE, ' '));
    expect(bomb.length).toBeLessThan(100_000);
    const said = await post(gateway.url, bomb, { ...encoded, ...type });
    expect([said.status, said.body.code]).toEqual([413, 'decoded_too_large']);
    expect(await gateway.heldBytes()).toBe(0);
  });

  test('more on the wire than allowed', async () => {
    const noise = createHash('shake256', { outputLength: 200_000 }).digest();
    const said = await post(gateway.url, compress(noise), encoded);
    expect([said.status, said.body.code]).toEqual([413, 'body_too_large']);
  });
});

test('a zstd frame that wants a window beyond 8 MiB is refused', async () => {
  // In one piece a frame needs no window beyond its content; streamed, it must have the one it was asked for.
  const params = { [zlib.constants.ZSTD_c_windowLog]: 26, [zlib.constants.ZSTD_c_enableLongDistanceMatching]: 1 };
  const compressor = zlib.createZstdCompress({ params });
  const chunks: Buffer[] = [];
  compressor.on('data', (chunk: Buffer) => chunks.push(chunk));
  Readable.from([Buffer.from('['), Buffer.from(JSON.stringify(METRIC)), Buffer.from(']')]).pipe(compressor);
  await once(compressor, 'end');
  const said = await post(gateway.url, Buffer.concat(chunks), { 'content-encoding': 'zstd' });
  expect([said.status, said.body.code]).toEqual([400, 'invalid_encoding']);
});

test('what may be sent instead is told', async () => {
  const said = await post(gateway.url, '{}', { 'content-encoding': 'compress' });
  expect(said.headers.get('accept-encoding')).toBe('identity, gzip, deflate, br, zstd');
  expect(said.headers.get('accept-post')).toContain('application/x-ndjson');
});
