import { Readable } from 'node:stream';
import { expect, test } from '@jest/globals';
import { KafkaUnavailable } from '../../src/record.ts';
import { METRIC, metric, NDJSON, post, startGateway } from '../http/gateway.ts';

const lines = (count: number): string =>
  Array.from({ length: count }, (_, step) => JSON.stringify(metric(step))).join('\n');

test('each line is an event, with an id at its index; blank lines are none', async () => {
  const gateway = await startGateway();
  const body = `\n${JSON.stringify(metric(1))}\r\n\r\n{"event":"ml.run.metric"}\n${JSON.stringify(metric(2))}`;
  const said = await post(gateway.url, body, NDJSON);
  expect(said.status).toBe(207);
  expect(said.body.event_ids?.map((id) => typeof id)).toEqual(['string', 'object', 'string']);
  expect(gateway.published).toMatchObject([
    { step: 1, event_id: said.body.event_ids?.[0] },
    { step: 2, event_id: said.body.event_ids?.[2] },
  ]);
  await gateway.close();
});

test.each(['application/x-ndjson', 'application/ndjson', 'application/jsonl', 'Application/JSONL; charset="UTF-8"'])(
  'is sent as %s',
  async (type) => {
    const gateway = await startGateway();
    expect((await post(gateway.url, lines(3), { 'content-type': type })).body.accepted).toBe(3);
    await gateway.close();
  },
);

test('a stream is published in slices while it is read', async () => {
  const sizes: number[] = [];
  const gateway = await startGateway({}, (events) => {
    sizes.push(events.length);
  });
  const said = await post(gateway.url, lines(9_999), NDJSON);
  expect(said.body).toMatchObject({ accepted: 9_999 });
  expect(sizes.length).toBeGreaterThan(3);
  expect(gateway.published).toHaveLength(9_999);
  await gateway.close();
});

test('when Kafka fails in the middle, the answer reports the stored events, and sending the request again completes it', async () => {
  let publishes = 0;
  const gateway = await startGateway({}, () => {
    publishes += 1;
    if (publishes === 3) throw new KafkaUnavailable('away');
  });
  const body = `{"bad":1}\n${lines(8_000)}`;
  const said = await post(gateway.url, body, { ...NDJSON, 'idempotency-key': 'k' });
  const { accepted = 0, retry_from: retryFrom = 0, event_ids: ids = [] } = said.body;
  expect([said.status, said.body.code, said.headers.get('retry-after')]).toEqual([503, 'kafka_unavailable', '2']);
  expect(said.body.rejected).toMatchObject([{ index: 0, code: 'missing_field' }]);
  expect(accepted).toBeGreaterThan(0);
  expect(retryFrom).toBe(accepted + 1);
  expect(gateway.published.map(({ event_id }) => event_id)).toEqual(ids.slice(1, retryFrom));

  const again = await post(gateway.url, body, { ...NDJSON, 'idempotency-key': 'k' });
  expect([again.status, again.body.accepted]).toEqual([207, 8_000]);
  expect(again.body.event_ids?.slice(0, retryFrom)).toEqual(ids.slice(0, retryFrom));
  expect(new Set(gateway.published.map(({ event_id }) => event_id)).size).toBe(8_000);
  await gateway.close();
});

test('a limit that is met in the middle keeps the events stored before it, and the answer reports them', async () => {
  const gateway = await startGateway({ INGEST_MAX_EVENTS: '5000' });
  const said = await post(gateway.url, lines(5_001), NDJSON);
  expect([said.status, said.body.code]).toEqual([413, 'too_many_events']);
  expect(said.body.accepted).toBe(gateway.published.length);
  expect(said.body.retry_from).toBe(gateway.published.length);
  await gateway.close();
});

test('memory does not grow with the body: a slow Kafka slows the client down', async () => {
  const released = Promise.withResolvers<void>();
  const gateway = await startGateway(
    { INGEST_MAX_EVENTS: '1000000', HTTP_REQUEST_TIMEOUT_MS: '300000' },
    () => released.promise,
  );
  const chunk = `${lines(500)}\n`;
  let sent = 0;
  const body = Readable.from(
    (function* () {
      for (; sent < 300; sent += 1) yield chunk;
    })(),
  );
  const answer = fetch(`${gateway.url}/api/events/ml`, {
    method: 'POST',
    headers: NDJSON,
    body: Readable.toWeb(body) as never,
    duplex: 'half',
  });
  let before = -1;
  // The client stands still once sockets and slices are full. Requests that are answered meanwhile prove that both ends of
  // this process had their turns.
  while (sent !== before) {
    before = sent;
    for (let turns = 0; turns < 50; turns += 1) await (await fetch(`${gateway.url}/health/live`)).text();
  }
  expect(sent).toBeGreaterThan(0);
  expect(await gateway.heldBytes()).toBeLessThan(1_048_576);
  expect(sent * chunk.length).toBeLessThan(16 * 1_048_576);
  expect(sent).toBeLessThan(300);
  released.resolve();
  expect((await answer).status).toBe(202);
  expect(gateway.published).toHaveLength(150_000);
  await gateway.close();
});

test('a line that is too long is measured, not kept', async () => {
  const gateway = await startGateway({ INGEST_MAX_EVENT_BYTES: '1024' });
  const long = JSON.stringify({ ...METRIC, metadata: { text: 'x'.repeat(300_000) } });
  const said = await post(gateway.url, `${long}\n${JSON.stringify(METRIC)}`, NDJSON);
  expect(said.body).toMatchObject({ accepted: 1, rejected: [{ index: 0, code: 'event_too_large' }] });
  await gateway.close();
});
