import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { loadConfig } from '../../src/config.ts';
import { withConnections } from '../../src/connections.ts';
import { createLog } from '../../src/log.ts';
import { gateway } from '../../src/roles/gateway.ts';
import { observer } from '../../src/roles/observer.ts';
import { postgres } from '../../src/roles/postgres.ts';
import { router } from '../../src/roles/router.ts';
import { type Serving, serve } from '../../src/serve.ts';
import { eventually } from '../support/eventually.ts';
import { createWorld } from '../support/world.ts';

const world = await createWorld();
const log = createLog('silent');
const config = loadConfig({ ...world.environment, METRICS_PORT: '0' });
const topic = (name: string): string => `${world.topicPrefix}${name}`;

/** The gateway and the observer stay; the consumers of the other process are what is observed. */
let watched: Serving;
let consumers: Serving | undefined;

beforeAll(async () => {
  [watched, consumers] = await Promise.all([
    serve(config, [gateway, observer], log),
    serve(config, [router, postgres], log),
  ]);
});
afterAll(async () => {
  await consumers?.stop();
  await watched.stop();
  await world.close();
});

/** The values of a metric of one process, by its labels. */
async function valuesOf(process: Serving, name: string, ...matchers: string[]): Promise<number[]> {
  const text = await (await fetch(`${process.metricsUrl}/metrics`)).text();
  return text
    .split('\n')
    .filter((line) => line.startsWith(`thunderline_${name}`) && matchers.every((matcher) => line.includes(matcher)))
    .map((line) => Number(line.split(' ').at(-1)?.replace('Inf', 'Infinity')));
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

async function post(count: number): Promise<void> {
  const events = Array.from({ length: count }, (_, step) => ({
    event: 'ml.run.metric',
    model_run_id: 'observed',
    trial_id: `t${step}`,
    measurements: { loss: 1 },
    step,
  }));
  const answer = await fetch(`${watched.url}/api/events/ml`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(events),
  });
  expect(answer.status).toBe(202);
}

test('while the consumers run, their groups have members and no lag', async () => {
  await post(30);
  await eventually(async () => sum(await valuesOf(watched, 'group_members', 'stage="router"')) === 1);
  await eventually(async () => {
    const lags = await valuesOf(watched, 'group_lag_records', 'stage="postgres"');
    return lags.length === 18 && sum(lags) === 0;
  });
  await eventually(async () => sum(await valuesOf(consumers as Serving, 'stage_events_total', 'postgres')) >= 30);
  const running = consumers as Serving;
  expect(await valuesOf(running, 'stage_partitions_assigned', 'router')).toEqual([6]);
  expect(sum(await valuesOf(running, 'stage_rebalances_total', 'router'))).toBeGreaterThan(0);
  expect(await valuesOf(running, 'stage_lag_records', 'router')).toHaveLength(6);
  expect(sum(await valuesOf(running, 'dependency_calls_total', 'postgres', 'result="ok"'))).toBeGreaterThan(0);
  expect(sum(await valuesOf(running, 'dependency_call_seconds_count', 'postgres'))).toBeGreaterThan(0);
  expect(await valuesOf(running, 'postgres_pool_limit', 'pool="postgres"')).toEqual([config.postgres.poolSize]);
  expect(sum(await valuesOf(watched, 'ingest_acknowledge_seconds_count'))).toBe(1);
  expect(await valuesOf(watched, 'build_info')).toEqual([1]);
});

test('a record that was rejected is counted as waiting', async () => {
  await withConnections(config, log, { purpose: 'test', registers: [] }, async ({ producer }) => {
    await (await producer()).send([{ topic: topic('ml.events'), key: 'k', value: Buffer.from('garbage') }]);
  });
  await eventually(async () => (await valuesOf(watched, 'dead_letters_waiting'))[0] === 1);
});

test('the sizes of the database and the bridges are known', async () => {
  await eventually(async () => (await valuesOf(watched, 'postgres_database_bytes')).length === 1);
  expect(await valuesOf(watched, 'postgres_table_bytes', 'table="trial_metrics"')).toHaveLength(1);
  await eventually(async () => sum(await valuesOf(watched, 'postgres_partitions ')) === 1);
  await eventually(async () => (await valuesOf(watched, 'bridge_hosts')).join() === '0,0,0');
  await eventually(async () => (await valuesOf(watched, 'api_key_expiry_timestamp_seconds')).join() === 'Infinity');
});

test('when the consumers are gone, the lag is still reported, and grows older', async () => {
  await consumers?.stop();
  consumers = undefined;
  await post(30);
  await eventually(async () => sum(await valuesOf(watched, 'group_lag_records', 'stage="router"')) === 30);
  await eventually(async () => sum(await valuesOf(watched, 'group_members', 'stage="router"')) === 0);
  await eventually(async () => Math.max(...(await valuesOf(watched, 'group_lag_seconds', 'stage="router"'))) > 1);
});
