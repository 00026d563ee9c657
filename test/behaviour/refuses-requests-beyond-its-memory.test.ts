import { connect } from 'node:net';
import { expect, test } from '@jest/globals';
import { EventsTooLarge } from '../../src/producers/event-producer.ts';
import { BufferFull } from '../../src/producers/micro-batcher.ts';
import { RecordTooLarge } from '../../src/record.ts';
import { METRIC, metric, post, requestOf, startGateway } from '../http/gateway.ts';
import { eventually } from '../support/eventually.ts';

/** An event of about 200 KB. */
const BIG = { ...METRIC, metadata: { text: 'x'.repeat(200_000) } };

test('refuses what one client sends beyond its share at once, and accepts it again when there is room', async () => {
  const released = Promise.withResolvers<void>();
  const gateway = await startGateway({ GATEWAY_BYTES_IN_FLIGHT: '1048576' }, () => released.promise);
  const held = [post(gateway.url, BIG), post(gateway.url, BIG)];
  await eventually(async () => (await gateway.heldBytes()) >= 400_000);
  const refused = await post(gateway.url, BIG);
  expect([refused.status, refused.body.code, refused.headers.get('retry-after')]).toEqual([503, 'overloaded', '1']);
  expect(refused.body.detail).toContain('this client is holding');
  released.resolve();
  expect((await Promise.all(held)).map(({ status }) => status)).toEqual([202, 202]);
  expect(await gateway.heldBytes()).toBe(0);
  expect((await post(gateway.url, BIG)).status).toBe(202);
  await gateway.close();
});

test('holds nothing for a body that was announced and does not arrive', async () => {
  const gateway = await startGateway();
  const head = requestOf('', { 'content-length': String(32 * 1_048_576) });
  const silent = Array.from({ length: 8 }, () => connect(gateway.port, '127.0.0.1').on('error', () => undefined));
  for (const socket of silent) socket.write(head);
  await eventually(async () => (await gateway.heldBytes()) >= silent.length * 2_048);
  expect(await gateway.heldBytes()).toBeLessThan(silent.length * 4_096);
  expect((await post(gateway.url, BIG)).status).toBe(202);
  for (const socket of silent) socket.destroy();
  await gateway.close();
});

test('counts an answer until its client has read it', async () => {
  const gateway = await startGateway();
  const socket = connect(gateway.port, '127.0.0.1')
    .pause()
    .on('error', () => undefined);
  const body = JSON.stringify(Array(10_000).fill({}));
  // More answers than the buffers of both sockets take.
  for (let count = 0; count < 400; count += 1) socket.write(requestOf(body));
  await eventually(async () => (await gateway.heldBytes()) >= 30_000);
  socket.destroy();
  await eventually(async () => (await gateway.heldBytes()) === 0);
  await gateway.close();
});

test('answers a full producer buffer with overloaded, and reports what is not stored', async () => {
  const gateway = await startGateway({}, () => {
    throw new BufferFull('full');
  });
  const said = await post(gateway.url, [metric(1), { event: 'x' }, metric(2)]);
  expect([said.status, said.body.code]).toEqual([503, 'overloaded']);
  expect(said.body).toMatchObject({ accepted: 0, retry_from: 0, rejected: [] });
  await gateway.close();
});

test('answers an unknown error with internal, and reveals nothing of it', async () => {
  const gateway = await startGateway({}, () => {
    throw new TypeError('secret');
  });
  const said = await post(gateway.url, METRIC);
  expect([said.status, said.body.code]).toEqual([500, 'internal']);
  expect(JSON.stringify(said.body)).not.toContain('secret');
  await gateway.close();
});

test('rejects by its index an event that is too large for its topic, and stores the others', async () => {
  const gateway = await startGateway({}, () => {
    const record = { topic: 'ml.events', key: null, value: Buffer.alloc(9) };
    // The second event that is published: the first of the request is rejected before.
    throw new EventsTooLarge([1], new RecordTooLarge([record]));
  });
  // Two steps may have one event_id.
  const ids = { event_id: 'f5d0bd6c-6f6f-4dd4-8a8f-0b7d3a5a0c11' };
  const said = await post(gateway.url, [{}, metric(1), { ...metric(2), ...ids }, { ...metric(3), ...ids }]);
  expect([said.status, said.body.accepted]).toEqual([207, 2]);
  expect(said.body.rejected?.at(-1)).toMatchObject({ index: 2, code: 'event_too_large' });
  expect(said.body.event_ids).toEqual([null, expect.any(String), null, ids.event_id]);
  await gateway.close();
});
