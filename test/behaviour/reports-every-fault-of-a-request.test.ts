import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ERRORS } from '../../src/errors.ts';
import { METRIC, NDJSON, post, startGateway, type TestGateway } from '../http/gateway.ts';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway({ INGEST_MAX_EVENTS: '20', INGEST_MAX_EVENT_BYTES: '4096', INGEST_MAX_DEPTH: '5' });
});
afterAll(() => gateway.close());

const json = (fields: object): string => JSON.stringify({ ...METRIC, ...fields });
/** A good event in which `from` is replaced, as bytes. */
const bent = (from: string, to: string | Buffer): Buffer => {
  const text = JSON.stringify(METRIC);
  const at = text.indexOf(from);
  return Buffer.concat([Buffer.from(text.slice(0, at)), Buffer.from(to), Buffer.from(text.slice(at + from.length))]);
};
const nested = (levels: number): string => `{"a":${'['.repeat(levels)}${']'.repeat(levels)}}`;

describe('a request that is refused whole', () => {
  test.each([
    ['no body', '', {}, 400, 'malformed_json'],
    ['half an event', '{"event":', {}, 400, 'malformed_json'],
    ['two events side by side', `${json({})}${json({})}`, {}, 400, 'malformed_json'],
    ['text after an array', `[${json({})}] x`, {}, 400, 'malformed_json'],
    ['an array that does not end', `[${json({})}`, {}, 400, 'malformed_json'],
    ['an array with a hole', `[${json({})},]`, {}, 400, 'malformed_json'],
    ['an array ended by a brace', `[${json({})}}`, {}, 400, 'malformed_json'],
    ['a bare NaN', bent('0.5', 'NaN'), {}, 400, 'malformed_json'],
    ['bad UTF-8', bent('t-1', Buffer.from([0xff])), {}, 400, 'invalid_encoding'],
    ['a surrogate as UTF-8', bent('t-1', Buffer.from([0xed, 0xa0, 0x80])), {}, 400, 'invalid_encoding'],
    ['an overlong form', bent('t-1', Buffer.from([0xc0, 0xaf])), {}, 400, 'invalid_encoding'],
    ['an empty array', '[]', {}, 400, 'empty_batch'],
    ['no lines', '\n \r\n\n', NDJSON, 400, 'empty_batch'],
    ['a key that is no key', json({}), { 'idempotency-key': 'two words' }, 400, 'malformed_request'],
    ['a long key', json({}), { 'idempotency-key': 'k'.repeat(256) }, 400, 'malformed_request'],
    ['no media type', json({}), { 'content-type': '' }, 415, 'unsupported_media_type'],
    ['a form', 'a=b', { 'content-type': 'application/x-www-form-urlencoded' }, 415, 'unsupported_media_type'],
    [
      'another charset',
      json({}),
      { 'content-type': 'application/json; charset=latin1' },
      415,
      'unsupported_media_type',
    ],
    ['a media type of Object.prototype', json({}), { 'content-type': 'constructor' }, 415, 'unsupported_media_type'],
    ['an unknown compression', json({}), { 'content-encoding': 'lz4' }, 415, 'unsupported_media_type'],
    ['two compressions', json({}), { 'content-encoding': 'gzip, br' }, 415, 'unsupported_media_type'],
    ['too many events', JSON.stringify(Array(21).fill(METRIC)), {}, 413, 'too_many_events'],
    ['too many lines', `${json({})}\n`.repeat(21), NDJSON, 413, 'too_many_events'],
  ] as const)('%s', async (_, body, headers, status, code) => {
    const said = await post(gateway.url, body, headers);
    expect([said.status, said.body.code]).toEqual([status, code]);
    expect(said.headers.get('content-type')).toBe('application/problem+json');
    expect(ERRORS[code].status).toBe(status);
    expect(gateway.published).toEqual([]);
  });
});

describe('an event that is refused', () => {
  const cases = [
    ['a text', '"event"', 'invalid_type', ''],
    ['null', 'null', 'invalid_type', ''],
    ['a key twice', '{"event":"ml.run.metric","event":"ml.run.metric"}', 'duplicate_key', 'event'],
    ['a key twice, once escaped', '{"a":1,"\\u0061":2}', 'duplicate_key', 'a'],
    ['a key twice, deep', '{"metadata":{"a":[{"b":1},{"c":1,"c":1}]}}', 'duplicate_key', 'metadata.a.1.c'],
    ['1e400 as a metric', bent('0.5', '1e400'), 'number_out_of_range', 'measurements.loss'],
    ['-1e400 in metadata', json({ metadata: 0 }).replace('0}', '{"a":-1e400}}'), 'number_out_of_range', 'metadata'],
    ['half a surrogate pair', bent('t-1', '\\ud800'), 'invalid_unicode', 'trial_id'],
    ['half a pair in a key', json({ metadata: 0 }).replace('0}', '{"\\udc00":1}}'), 'invalid_unicode', 'metadata'],
    ['NUL', bent('t-1', '\\u0000'), 'control_character', 'trial_id'],
    ['a metric named __proto__', bent('"loss"', '"__proto__"'), 'forbidden_key', 'measurements.__proto__'],
    ['too deep', json({ metadata: 0 }).replace('0}', `${nested(6)}}`), 'too_deep', 'metadata'],
    ['far too deep', json({ metadata: 0 }).replace('0}', `${nested(800)}}`), 'too_deep', ''],
    ['too many bytes', json({ error_message: 'x'.repeat(4_096) }), 'event_too_large', ''],
    ['an integer too large for a step', bent('3', '12345678901234567890'), 'invalid_value', 'step'],
    ['an event of others', bent('ml.run.metric', 'my.event'), 'unknown_prefix', 'event'],
    ['an event we do not have', bent('ml.run.metric', 'ml.run.paused'), 'unsupported_event', 'event'],
  ] as const;

  test.each(cases)('alone: %s', async (_, event, code, path) => {
    const said = await post(gateway.url, event);
    expect([said.status, said.body.code, said.body.accepted]).toEqual([422, 'events_rejected', 0]);
    expect(said.body.rejected?.[0]).toMatchObject({ index: 0, code, path });
    expect(gateway.published).toEqual([]);
  });

  test.each(cases)('in an array: %s', async (_, event, code, path) => {
    const before = gateway.published.length;
    const said = await post(gateway.url, Buffer.concat([`[${json({})},`, event, ']'].map((part) => Buffer.from(part))));
    expect([said.status, said.body.accepted]).toEqual([207, 1]);
    expect(said.body.event_ids).toEqual([expect.any(String), null]);
    expect(said.body.rejected?.[0]).toMatchObject({ index: 1, code, path });
    expect(gateway.published.slice(before).map(({ event_id }) => event_id)).toEqual(said.body.event_ids?.slice(0, 1));
  });

  test.each(cases)('in an array that is parsed in groups: %s', async (_, event, code, path) => {
    const long = json({ metadata: { note: 'x'.repeat(300) } });
    const body = Buffer.concat([`[${Array(12).fill(long)},`, event, `,${long}]`].map((part) => Buffer.from(part)));
    expect(body.length).toBeGreaterThan(4_096);
    const said = await post(gateway.url, body);
    expect([said.status, said.body.accepted]).toEqual([207, 13]);
    expect(said.body.event_ids?.map((id) => id === null)).toEqual(Array.from({ length: 14 }, (_, at) => at === 12));
    expect(said.body.rejected?.[0]).toMatchObject({ index: 12, code, path });
  });

  test.each(cases)('in a line: %s', async (_, event, code, path) => {
    const lines = Buffer.concat([event, '\n', json({}), '\n\n'].map((part) => Buffer.from(part)));
    const said = await post(gateway.url, lines, NDJSON);
    expect([said.status, said.body.accepted]).toEqual([207, 1]);
    expect(said.body.rejected?.[0]).toMatchObject({ index: 0, code, path });
  });

  test.each([
    ['half a line', '{"event":', 'malformed_json'],
    ['a bare Infinity', bent('0.5', '-Infinity'), 'malformed_json'],
    ['bad UTF-8', bent('t-1', Buffer.from([0xff])), 'invalid_encoding'],
  ] as const)('in a line, where a body would be refused whole: %s', async (_, event, code) => {
    const lines = Buffer.concat([json({}), '\n', event, '\n', json({})].map((part) => Buffer.from(part)));
    const said = await post(gateway.url, lines, NDJSON);
    expect([said.status, said.body.accepted]).toEqual([207, 2]);
    expect(said.body.rejected).toMatchObject([{ index: 1, code, path: '' }]);
  });
});

test('a bare NaN is answered with what to send instead', async () => {
  const { body } = await post(gateway.url, bent('0.5', 'NaN'));
  expect(body.detail).toContain('send it as text: "NaN"');
});

test('the answer lists every fault of every event, by index', async () => {
  const said = await post(gateway.url, [{ ...METRIC, step: -1, trial_id: '' }, METRIC, { event: 'ml.trial.start' }]);
  expect(said.body.rejected).toMatchObject([
    { index: 0, code: 'invalid_value', path: 'trial_id' },
    { index: 0, code: 'invalid_value', path: 'step' },
    { index: 2, code: 'missing_field', path: 'trial_id' },
  ]);
});

test('keys of Object.prototype are keys like any other', async () => {
  const said = await post(gateway.url, json({}).replace('}}', '},"__proto__":{"polluted":1},"constructor":{"a":1}}'));
  expect(said.status).toBe(202);
  expect(gateway.published.at(-1)?.metadata).toBe('{"__proto__":{"polluted":1},"constructor":{"a":1}}');
  expect(({} as { polluted?: number }).polluted).toBeUndefined();
});

test('integers beyond a double keep their digits in free-form JSON', async () => {
  const metadata = '{"seed":340282366920938463463374607431768211455,"at":[-9007199254740993]}';
  const said = await post(gateway.url, json({ metadata: 0 }).replace('"metadata":0', `"metadata":${metadata}`));
  expect(said.status).toBe(202);
  expect(gateway.published.at(-1)?.metadata).toBe(metadata);
});

test('bounds the list of faults in bytes, and counts the events without any', async () => {
  const wide = await startGateway();
  const longName = 'n'.repeat(100_000);
  const bad = [{ event: 'ml.run.metric', trial_id: 't', measurements: { [longName]: 1 } }, ...Array(9_999).fill({})];
  const { status, body } = await post(wide.url, bad);
  expect([status, body.code, body.accepted]).toEqual([422, 'events_rejected', 0]);
  expect(JSON.stringify(body).length).toBeLessThan(40_000);
  const listed = new Set(body.rejected?.map(({ index }) => index)).size;
  expect(listed).toBeGreaterThan(100);
  expect(listed + (body.rejected_omitted ?? 0)).toBe(10_000);
  const partly = await post(wide.url, [METRIC, ...bad.slice(1)]);
  expect([partly.status, partly.body.event_ids?.length]).toEqual([207, 10_000]);
  expect(partly.body.rejected_omitted).toBeGreaterThan(9_000);
  await wide.close();
});

test('rejects a byte order mark inside a body, and drops it at the start', async () => {
  const event = json({});
  expect((await post(gateway.url, `\ufeff${event}`)).status).toBe(202);
  expect((await post(gateway.url, `\ufeff[${event}]`)).status).toBe(202);
  expect((await post(gateway.url, `\ufeff${event}\n${event}`, NDJSON)).status).toBe(202);
  expect((await post(gateway.url, `[${event},\ufeff${event}]`)).body.code).toBe('malformed_json');
  expect((await post(gateway.url, `[\ufeff${event}]`)).body.code).toBe('malformed_json');
  expect((await post(gateway.url, `${event}\n\ufeff${event}`, NDJSON)).body.rejected).toMatchObject([{ index: 1 }]);
});

test('no answer reveals internal details', async () => {
  const { body, headers } = await post(gateway.url, '{"event":');
  expect(JSON.stringify(body)).not.toMatch(/node:|at .*\(|\.ts/);
  expect(Object.fromEntries(headers)).toMatchObject({
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
  });
});
