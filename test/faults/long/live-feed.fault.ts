import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import type { SeriesList } from '../../../src/queries/shapes.ts';
import { createLiveProcess, type LiveProcess } from '../../live/live-process.ts';
import { type Follower, follow, metricEvent, post } from '../../live/live-world.ts';
import { type PointLoad, startPointLoad } from '../../live/point-load.ts';
import { until } from '../../support/until.ts';
import { createFaultWorld, type FaultWorld } from '../harness/fault-world.ts';
import { startProxy, type TcpProxy } from '../harness/proxy.ts';
import type { RoleProcess } from '../harness/role-process.ts';
import { settled } from '../harness/settle.ts';

const WAIT_MS = 240_000;
/** Long enough that a start on a busy machine stays within it. */
const WIDE = { LIVE_WINDOW_MS: '600000', LIVE_WINDOW_BYTES: String(512 * 1_048_576) };
const TRIALS = Array.from({ length: 20 }, (_, number) => `t${number}`);
const LAST_STEP = 1_000_000;
const NARROW = { LIVE_WINDOW_MS: '1000' };

let world: FaultWorld;
let source: RoleProcess;
const processes: LiveProcess[] = [];
const ending: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  world = await createFaultWorld({ LIMIT_EVENTS_PER_SECOND: '0' });
  source = await (await world.start(['gateway', 'router', 'postgres', 'queries'])).ready();
});
afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end();
});
afterAll(async () => {
  await Promise.all(processes.map((one) => one.kill('SIGKILL')));
  await world.close();
});

async function liveProcess(settings: Readonly<Record<string, string>>): Promise<LiveProcess> {
  const one = await createLiveProcess(world, settings);
  processes.push(one);
  await one.start();
  return one;
}

const pointsOf = ({ frames }: Follower): string[] =>
  frames.flatMap((frame) =>
    frame.name === 'data'
      ? (frame.data.points ?? []).flatMap(({ trial_id, points }) => points.map(([step]) => `${trial_id} ${step}`))
      : [],
  );

/** A client of the feed, and 1,000 events a second that it is sent. */
async function startFeed(url: string, run: string): Promise<{ client: Follower; load: PointLoad }> {
  const client = follow(url, `model_run_id=${run}`);
  ending.push(() => client.stop());
  await until('the feed begins', WAIT_MS, () => client.has('hello'));
  const load = startPointLoad(source.url, run);
  ending.push(() => load.stop());
  return { client, load };
}

const arrives = (client: Follower): Promise<unknown> => {
  const before = pointsOf(client).length;
  return until('points arrive', WAIT_MS, () => pointsOf(client).length > before);
};

/** Every accepted point, once. */
async function expectWhole(client: Follower, load: PointLoad, run: string): Promise<void> {
  await load.stop();
  // The partition of a trial has this one after all others, so also after one that was sent twice.
  const last = TRIALS.map((trial_id) => `${trial_id} ${LAST_STEP}`);
  await post(
    source.url,
    TRIALS.map((trial_id) => metricEvent(LAST_STEP, { model_run_id: run, trial_id })),
  );
  await until('the last points arrive', WAIT_MS, () => {
    const arrived = new Set(pointsOf(client));
    return last.every((point) => arrived.has(point));
  });
  expect(pointsOf(client).sort()).toEqual([...load.accepted, ...last].sort());
  expect(client.has('reset')).toBe(false);
  expect(client.has('gap')).toBe(false);
}

test('a client has every point once after its server was killed twice and came back', async () => {
  const server = await liveProcess(WIDE);
  const { client, load } = await startFeed(server.url, 'same');
  for (let kill = 0; kill < 2; kill += 1) {
    await arrives(client);
    await server.kill('SIGKILL');
    await server.start();
    await arrives(client);
  }
  await expectWhole(client, load, 'same');
  expect(client.frames.filter(({ name }) => name === 'hello').length).toBeGreaterThan(2);
});

test('a client has every point once after another server took over, twice', async () => {
  const servers = [await liveProcess(WIDE), await liveProcess(WIDE)] as const;
  const proxy: TcpProxy = await startProxy(servers[0].port);
  ending.push(() => proxy.close());
  const { client, load } = await startFeed(`http://127.0.0.1:${proxy.port}`, 'other');
  await arrives(client);
  await servers[0].kill('SIGKILL');
  proxy.redirect(servers[1].port);
  await arrives(client);
  await servers[0].start();
  await servers[1].kill('SIGKILL');
  proxy.redirect(servers[0].port);
  await arrives(client);
  await expectWhole(client, load, 'other');
});

test('a client whose position has left the window is reset, and the tables and the feed have every point together', async () => {
  const server = await liveProcess(NARROW);
  const { client, load } = await startFeed(server.url, 'expired');
  for (let kill = 1; kill <= 2; kill += 1) {
    await arrives(client);
    await server.kill('SIGKILL');
    // The window of the next process starts a second before its start, and these points are older.
    const [lost, killedAt] = [load.accepted.size, Date.now()];
    await until(
      'the window is past',
      WAIT_MS,
      () => load.accepted.size > lost + 1_000 && Date.now() > killedAt + 3_000,
    );
    await server.start();
    await until('the client is reset', WAIT_MS, () => resets(client).length === kill);
    expect(resets(client).at(-1)).toMatchObject({ data: { reason: 'expired', held_since: expect.any(Number) } });
    await arrives(client);
  }
  await load.stop();
  await settled(world, ['router', 'postgres']);
  const fed = pointsOf(client);
  expect(new Set(fed).size).toBe(fed.length);
  expect(fed.length).toBeLessThan(load.accepted.size);
  expect(await storedPoints('expired')).toEqual([...load.accepted].sort());
});

test('the answer of a query and the feed from its position have every point together', async () => {
  const server = await liveProcess(WIDE);
  const load = startPointLoad(source.url, 'asked');
  ending.push(() => load.stop());
  await until('the run is in the tables', WAIT_MS, async () => (await fetch(`${source.url}/api/runs/asked`)).ok);
  const { as_of, points } = await askPoints('asked');
  await server.kill('SIGKILL');
  await server.start();
  const client = follow(server.url, 'model_run_id=asked', String(as_of));
  ending.push(() => client.stop());
  await arrives(client);
  await load.stop();
  const all = () => new Set([...points, ...pointsOf(client)]);
  await until('every point is there', WAIT_MS, () => all().size >= load.accepted.size);
  expect(all()).toEqual(load.accepted);
  expect(points.length).toBeLessThan(load.accepted.size);
  expect(new Set(pointsOf(client)).size).toBe(pointsOf(client).length);
  expect(client.has('reset')).toBe(false);
});

const resets = ({ frames }: Follower) => frames.filter(({ name }) => name === 'reset');

async function askPoints(run: string): Promise<{ readonly as_of: string | null; readonly points: readonly string[] }> {
  const trials = TRIALS.map((trial) => `&trial=${trial}`).join('');
  const response = await fetch(`${source.url}/api/runs/${run}/metrics?name=loss&buckets=2000${trials}`);
  const { as_of, series } = (await response.json()) as SeriesList;
  return { as_of, points: series.flatMap(({ trial_id, step }) => step.map((one) => `${trial_id} ${one}`)) };
}

const storedPoints = async (run: string): Promise<readonly string[]> =>
  (await world.query('select trial_id, step from trial_metric_points where model_run_id = $1', [run])).rows
    .map(({ trial_id, step }) => `${trial_id} ${step}`)
    .sort();
