import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { RING_POLICY } from '../../src/access/key-ring.ts';
import { createKeyedWorld, EVENT, type KeyedWorld, post, untilAnswered } from '../access/gateway.ts';
import { type Cuttable, cuttable } from '../support/cuttable.ts';

const START_MS = 180_000;

let keyed: KeyedWorld;
let way: Cuttable;

beforeAll(async () => {
  keyed = await createKeyedWorld();
  way = await cuttable(keyed.world.databaseUrl);
}, START_MS);
afterAll(async () => {
  await keyed.close();
  await way.close();
});

test('while Postgres is unavailable, confirmed keys stay valid and unconfirmed ones are answered 503', async () => {
  const known = await keyed.issue(['ingest']);
  const gateway = await keyed.start({ DATABASE_URL: way.url });
  expect((await post(gateway, known.key, EVENT)).status).toBe(202);

  way.cut();
  const unknown = await keyed.issue(['ingest']);
  const { headers, body } = await untilAnswered(503, () => post(gateway, unknown.key, EVENT));
  expect(body.code).toBe('database_unavailable');
  expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
  // Longer than a key is used without a look-up, so that the test bridges the outage and not the pause between two reads.
  const awayAt = performance.now();
  while (performance.now() - awayAt < RING_POLICY.freshMs + 1_000) {
    expect((await post(gateway, known.key, EVENT)).status).toBe(202);
  }
  expect((await post(gateway, undefined, EVENT)).status).toBe(401);

  way.mend();
  await untilAnswered(202, () => post(gateway, unknown.key, EVENT));
});

test('a gateway that starts while Postgres is unavailable refuses every request until keys can be read', async () => {
  const { key } = await keyed.issue(['ingest']);
  way.cut();
  const gateway = await keyed.start({ DATABASE_URL: way.url });
  expect((await post(gateway, undefined, EVENT)).body.code).toBe('database_unavailable');
  expect((await post(gateway, key, EVENT)).body.code).toBe('database_unavailable');
  expect((await fetch(`${gateway.url}/health/live`)).status).toBe(200);
  way.mend();
  await untilAnswered(401, () => post(gateway, undefined, EVENT));
  await untilAnswered(202, () => post(gateway, key, EVENT));
});
