import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { METRIC, NDJSON, post, startGateway, type TestGateway } from '../http/gateway.ts';

const DAY = 86_400_000;

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.close());

/** An event of a machine whose clock is `skewMs` ahead, sent at once. */
const eventOf = (skewMs: number) => ({ ...METRIC, timestamp: Date.now() + skewMs });
const sentAt = (skewMs: number) => ({ 'thunderline-sent-at': String(Date.now() + skewMs) });

test.each(['json', 'ndjson'])('stores events of a clock two days ahead by its own clock, as %s', async (format) => {
  const before = Date.now();
  const event = eventOf(2 * DAY);
  const [body, headers] = format === 'json' ? [[event], {}] : [JSON.stringify(event), NDJSON];
  const { status } = await post(gateway.url, body, { ...headers, ...sentAt(2 * DAY) });
  const after = Date.now();
  expect(status).toBe(202);
  const stored = gateway.published.at(-1);
  // The clocks of sending and receiving are read up to the length of the request apart.
  expect(stored?.timestamp).toBeGreaterThanOrEqual(before - (after - before));
  expect(stored?.timestamp).toBeLessThanOrEqual(after);
  expect(JSON.parse(stored?.metadata ?? '')).toEqual({ original_timestamp: event.timestamp });
});

test.each([{}, { 'thunderline-sent-at': 'soon' }, sentAt(0)])(
  'refuses an event two days ahead of a request with the headers %p',
  async (headers) => {
    const { status, body } = await post(gateway.url, [eventOf(2 * DAY)], headers);
    expect([status, body.rejected]).toEqual([
      422,
      [{ index: 0, code: 'timestamp_in_future', path: 'timestamp', message: expect.any(String) }],
    ]);
  },
);

test('describes the header in its OpenAPI document', async () => {
  const response = await fetch(`${gateway.url}/openapi.json`);
  const document = (await response.json()) as {
    paths: { '/api/events/ml': { post: { parameters: { name: string }[] } } };
  };
  const { parameters } = document.paths['/api/events/ml'].post;
  expect(parameters.map(({ name }) => name)).toContain('Thunderline-Sent-At');
});
