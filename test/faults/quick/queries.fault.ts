import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { follow } from '../../live/live-world.ts';
import { startPointLoad } from '../../live/point-load.ts';
import { until } from '../../support/until.ts';
import { createFaultWorld, type FaultWorld } from '../harness/fault-world.ts';
import { parts } from '../harness/parts.ts';
import type { RoleProcess } from '../harness/role-process.ts';

const WAIT_MS = 120_000;
/** Time-outs of connections and statements, and a busy machine. */
const ANSWER_MS = 60_000;

let world: FaultWorld;
let source: RoleProcess;
let queries: RoleProcess;

beforeAll(async () => {
  world = await createFaultWorld({ LIMIT_EVENTS_PER_SECOND: '0', QUERY_TIMEOUT_MS: '2000' });
  source = await (await world.start(['gateway', 'router', 'postgres'])).ready();
  queries = await (await world.start(['queries', 'live'])).ready();
});
afterAll(async () => {
  // The registry keeps its schemas in the Postgres that was shut down, and needs minutes to reconnect.
  await parts.registry.stop();
  await parts.registry.start();
  await world.close();
});

const get = (path: string): Promise<Response> =>
  fetch(`${queries.url}${path}`, { signal: AbortSignal.timeout(ANSWER_MS) });

const PATHS = [
  '/api/runs',
  '/api/trials',
  '/api/runs/r/facets',
  '/api/compare?metric=loss',
  '/api/runs/r/metrics?name=loss&trial=t1',
];

async function expectUnavailable(): Promise<void> {
  for (const path of PATHS) {
    const response = await get(path);
    const body = (await response.json()) as { code: string; detail: string };
    expect([path, response.status, body.code]).toEqual([path, 503, 'database_unavailable']);
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
  }
}

const answersAgain = (): Promise<unknown> =>
  until('the queries are answered again', WAIT_MS, async () => {
    const answers = await Promise.all(PATHS.map(get));
    return answers.every(({ status }) => status === 200);
  });

test('queries are answered 503 while Postgres is unavailable and answered again afterwards; the feed goes on', async () => {
  const client = follow(queries.url, 'model_run_id=r');
  const load = startPointLoad(source.url, 'r');
  try {
    await answersAgain();
    expect(await parts.postgres.kill('SIGQUIT')).toMatch(/^Postgres 18 ended/);
    await expectUnavailable();
    const before = client.steps().length;
    await until('the feed goes on', WAIT_MS, () => client.steps().length > before + 1_000);
    await parts.postgres.start();
    await answersAgain();
    expect((await queries.health()).ok).toBe(true);
  } finally {
    await load.stop();
    await client.stop();
  }
});
