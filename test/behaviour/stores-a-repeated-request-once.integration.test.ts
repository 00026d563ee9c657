import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { loadConfig } from '../../src/config.ts';
import { createLog } from '../../src/log.ts';
import { gateway } from '../../src/roles/gateway.ts';
import { postgres } from '../../src/roles/postgres.ts';
import { router } from '../../src/roles/router.ts';
import { type Serving, serve } from '../../src/serve.ts';
import { migrate } from '../../src/store/migrate.ts';
import { metric, post } from '../http/gateway.ts';
import { eventually } from '../support/eventually.ts';
import { createWorld, type World } from '../support/world.ts';

const REQUESTS = 100;
const EVENTS = 5;

let world: World;
let system: Serving;
let database: pg.Client;
beforeAll(async () => {
  world = await createWorld();
  await migrate(world.databaseUrl);
  system = await serve(loadConfig(world.environment), [gateway, router, postgres], createLog('silent'));
  database = new pg.Client({ connectionString: world.databaseUrl });
  await database.connect();
});
afterAll(async () => {
  await system.stop();
  await database.end();
  await world.close();
});

/** The ids of the points of a trial, when its point at `lastStep` is there. Records of one trial keep their order. */
async function pointsUpTo(trialId: string, lastStep: number): Promise<string[]> {
  const sql = 'select event_id, step from trial_metric_points where trial_id = $1';
  let rows: { event_id: string; step: string }[] = [];
  await eventually(async () => {
    rows = (await database.query(sql, [trialId])).rows;
    return rows.some(({ step }) => Number(step) === lastStep);
  });
  return rows.filter(({ step }) => Number(step) !== lastStep).map(({ event_id: id }) => id);
}

const batch = (trialId: string, more: (step: number) => object): object[] =>
  Array.from({ length: EVENTS }, (_, step) => ({ ...metric(step), trial_id: trialId, ...more(step) }));

test.each([
  ['ids of their own', batch('own', (step) => ({ event_id: `epoch-${step}` })), {}],
  ['an Idempotency-Key', batch('key', () => ({})), { 'idempotency-key': 'one-request' }],
  ['times of their own', batch('time', (step) => ({ timestamp: 1_700_000_000_000 + step })), {}],
])('stores one row for each event of a request sent a hundred times at once, by %s', async (_, events, headers) => {
  const trialId = String((events[0] as { trial_id: string }).trial_id);
  const said = await Promise.all(Array.from({ length: REQUESTS }, () => post(system.url, events, headers)));
  for (const { status, body } of said) expect([status, body.event_ids]).toEqual([202, said[0]?.body.event_ids]);
  expect((await post(system.url, { ...metric(999), trial_id: trialId })).status).toBe(202);
  expect((await pointsUpTo(trialId, 999)).toSorted()).toEqual([...(said[0]?.body.event_ids ?? [])].toSorted());
});

test('stores each request without any of them as an event of its own', async () => {
  const event = { ...metric(1), trial_id: 'none' };
  await Promise.all([post(system.url, event), post(system.url, event)]);
  await post(system.url, { ...metric(999), trial_id: 'none' });
  expect(await pointsUpTo('none', 999)).toHaveLength(2);
});

test('keeps the id of each event when the rest of a batch is sent again under its Idempotency-Key', async () => {
  const key = { 'idempotency-key': 'mended-batch' };
  const trialId = 'mended';
  const [first, second, third] = batch(trialId, () => ({}));
  const broken = { ...second, step: -1 };
  const partly = await post(system.url, [broken, first, third], key);
  expect([partly.status, partly.body.event_ids?.[0]]).toEqual([207, null]);
  // By its index the corrected event would have got the id of the event that was rejected, and `third` that of another.
  const rest = await post(system.url, [second], key);
  const again = await post(system.url, [third, second], key);
  expect(again.body.event_ids).toEqual([partly.body.event_ids?.[2], rest.body.event_ids?.[0]]);
  expect((await post(system.url, { ...metric(999), trial_id: trialId })).status).toBe(202);
  const stored = [...(partly.body.event_ids ?? []).slice(1), ...(rest.body.event_ids ?? [])];
  expect((await pointsUpTo(trialId, 999)).toSorted()).toEqual(stored.toSorted());
});
