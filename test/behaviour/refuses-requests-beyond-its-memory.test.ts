import { expect, test } from '@jest/globals';
import { EventsTooLarge } from '../../src/producers/event-producer.ts';
import { BufferFull } from '../../src/producers/micro-batcher.ts';
import { RecordTooLarge } from '../../src/record.ts';
import { METRIC, metric, post, startGateway } from '../http/gateway.ts';
import { eventually } from '../support/eventually.ts';

test('beyond the bytes in flight requests are refused at once, and taken again when there is room', async () => {
  const released = Promise.withResolvers<void>();
  const gateway = await startGateway({ GATEWAY_BYTES_IN_FLIGHT: '1048576' }, () => released.promise);
  const big = { ...METRIC, metadata: { text: 'x'.repeat(200_000) } };
  const held = Array.from({ length: 5 }, () => post(gateway.url, big));
  await eventually(async () => (await gateway.heldBytes()) >= 1_000_000);
  const refused = await post(gateway.url, big);
  expect([refused.status, refused.body.code, refused.headers.get('retry-after')]).toEqual([503, 'overloaded', '1']);
  released.resolve();
  expect((await Promise.all(held)).map(({ status }) => status)).toEqual([202, 202, 202, 202, 202]);
  expect(await gateway.heldBytes()).toBe(0);
  expect((await post(gateway.url, big)).status).toBe(202);
  await gateway.close();
});

test('a full buffer is an overload, and what was not taken is told', async () => {
  const gateway = await startGateway({}, () => {
    throw new BufferFull('full');
  });
  const said = await post(gateway.url, [metric(1), { event: 'x' }, metric(2)]);
  expect([said.status, said.body.code]).toEqual([503, 'overloaded']);
  expect(said.body).toMatchObject({ accepted: 0, retry_from: 0, rejected: [] });
  await gateway.close();
});

test('an error that nobody knows is a 500 without a word of it', async () => {
  const gateway = await startGateway({}, () => {
    throw new TypeError('secret');
  });
  const said = await post(gateway.url, METRIC);
  expect([said.status, said.body.code]).toEqual([500, 'internal']);
  expect(JSON.stringify(said.body)).not.toContain('secret');
  await gateway.close();
});

test('an event that its topic does not take is refused by its index, and the others are stored', async () => {
  const gateway = await startGateway({}, ([, second]) => {
    const record = { topic: 'ml.events', key: null, value: Buffer.alloc(9) };
    throw new EventsTooLarge([String(second?.event_id)], new RecordTooLarge([record]));
  });
  const said = await post(gateway.url, [metric(1), metric(2), metric(3)]);
  expect([said.status, said.body.accepted]).toEqual([207, 2]);
  expect(said.body.rejected).toMatchObject([{ index: 1, code: 'event_too_large' }]);
  expect(said.body.event_ids?.[1]).toBeNull();
  await gateway.close();
});
