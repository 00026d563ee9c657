import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import zlib from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { METRIC, NDJSON, post, requestOf, startGateway, statuses, type TestGateway, talk } from '../http/gateway.ts';

const MEBIBYTE = 1_048_576;
const CRLF = Buffer.from('\r\n');

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

const LINE = Buffer.from(`${JSON.stringify(METRIC)}\n`);
/** A skippable frame (RFC 8878, section 3.1.2) of five bytes. */
const SKIPPABLE = Buffer.from([0x50, 0x2a, 0x4d, 0x18, 5, 0, 0, 0, 1, 2, 3, 4, 5]);
const { gzipSync, deflateSync, brotliCompressSync, zstdCompressSync } = zlib;

describe('the bytes after the first compressed stream', () => {
  test.each([
    ['gzip', 'members', [gzipSync(LINE), gzipSync(LINE), gzipSync(LINE)], 3],
    ['zstd', 'frames', [zstdCompressSync(LINE), zstdCompressSync(LINE), zstdCompressSync(LINE)], 3],
    ['zstd', 'skippable frames', [SKIPPABLE, zstdCompressSync(LINE), SKIPPABLE, zstdCompressSync(LINE), SKIPPABLE], 2],
    ['zstd', 'empty frames', [zstdCompressSync(LINE), zstdCompressSync(''), zstdCompressSync(LINE)], 2],
    ['gzip', 'hundreds of members', Array(500).fill(gzipSync(LINE)), 500],
    ['zstd', 'hundreds of frames', Array(500).fill(zstdCompressSync(LINE)), 500],
  ])('of %s are read when they are %s', async (name, _, streams, events) => {
    const body = Buffer.concat(streams);
    const said = await post(gateway.url, body, { 'content-encoding': name, ...NDJSON });
    expect([said.status, said.body.accepted]).toEqual([202, events]);
    // The same in pieces: streams end in the middle of a chunk and at its end.
    const pieces = streams.flatMap((stream: Buffer) => [stream.subarray(0, 7), stream.subarray(7)]);
    const streamed = await fetch(`${gateway.url}/api/events/ml`, {
      method: 'POST',
      headers: { 'content-encoding': name, ...NDJSON },
      body: Readable.toWeb(Readable.from(pieces)) as never,
      duplex: 'half',
    } as RequestInit);
    expect([streamed.status, ((await streamed.json()) as { accepted: number }).accepted]).toEqual([202, events]);
  });

  test.each([
    ['gzip', 'zeros', [gzipSync(LINE), Buffer.alloc(30)]],
    ['gzip', 'zeros and another member', [gzipSync(LINE), Buffer.alloc(512), gzipSync(LINE)]],
    ['gzip', 'text', [gzipSync(LINE), LINE]],
    ['gzip', 'half of a member', [gzipSync(LINE), gzipSync(LINE).subarray(0, 20)]],
    ['deflate', 'another stream', [deflateSync(LINE), deflateSync(LINE)]],
    ['deflate', 'one byte', [deflateSync(LINE), Buffer.alloc(1)]],
    ['br', 'another stream', [brotliCompressSync(LINE), brotliCompressSync(LINE)]],
    ['br', 'one byte', [brotliCompressSync(LINE), Buffer.alloc(1)]],
    ['zstd', 'zeros', [zstdCompressSync(LINE), Buffer.alloc(30)]],
    ['zstd', 'text', [zstdCompressSync(LINE), LINE]],
    ['zstd', 'half of a frame', [zstdCompressSync(LINE), zstdCompressSync(LINE).subarray(0, 20)]],
    ['zstd', 'more frames than a body may have', Array(1_001).fill(zstdCompressSync(''))],
  ])('of %s are refused when they are %s', async (name, _, parts) => {
    for (const type of [{}, NDJSON]) {
      const said = await post(gateway.url, Buffer.concat(parts), { 'content-encoding': name, ...type });
      expect([said.status, said.body.code]).toEqual([400, 'invalid_encoding']);
    }
  });
});

describe('the number of compressed streams', () => {
  const FRAME = zstdCompressSync(LINE);

  /** Posts each part in a chunk of its own, so that most arrive at the decoder alone. */
  async function postInChunks(encoding: string, parts: readonly Buffer[]): Promise<string> {
    const head = requestOf('', { ...NDJSON, 'content-encoding': encoding, connection: 'close' });
    const chunked = head.replace('content-length: 0', 'transfer-encoding: chunked');
    const chunks = parts.map((part) => Buffer.concat([Buffer.from(`${part.length.toString(16)}\r\n`), part, CRLF]));
    return talk(gateway.port, chunked, ...chunks, '0\r\n\r\n');
  }

  test.each([
    [1_000, 202],
    [1_001, 400],
  ])('of zstd is bounded in the same way whether %d frames arrive whole or in chunks', async (count, status) => {
    const frames: readonly Buffer[] = Array(count).fill(FRAME);
    const whole = await post(gateway.url, Buffer.concat(frames), { 'content-encoding': 'zstd', ...NDJSON });
    expect(whole.status).toBe(status);
    expect(statuses(await postInChunks('zstd', frames))).toEqual([status]);
    if (status === 400) expect(whole.body.detail).toContain('more than 1000 frames');
  });

  test('of gzip is not bounded, because one decoder reads all members', async () => {
    const members: readonly Buffer[] = Array(1_500).fill(gzipSync('\n', { level: 9 }));
    const body = Buffer.concat([...members, gzipSync(LINE)]);
    expect((await post(gateway.url, body, { 'content-encoding': 'gzip', ...NDJSON })).status).toBe(202);
    expect(statuses(await postInChunks('gzip', [...members, gzipSync(LINE)]))).toEqual([202]);
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

test('the answer to an unsupported type or encoding names those that may be sent', async () => {
  const said = await post(gateway.url, '{}', { 'content-encoding': 'compress' });
  expect(said.headers.get('accept-encoding')).toBe('identity, gzip, deflate, br, zstd');
  expect(said.headers.get('accept-post')).toContain('application/x-ndjson');
});
