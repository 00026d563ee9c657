import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ask } from '../access/gateway.ts';
import { type ServeProcess, serveGateway } from '../http/process.ts';
import type { Answer } from '../support/ask.ts';
import { runThunderline } from '../support/thunderline.ts';
import { createWorld, type World } from '../support/world.ts';

const WORKERS = 2;
const QUOTA = 100;

let world: World;
let gateway: ServeProcess;

beforeAll(async () => {
  world = await createWorld();
  await runThunderline(world.environment, 'migrate');
  // Without any key, the gateway would start open.
  await createKey('first');
  gateway = await serveGateway({
    ...world.environment,
    GATEWAY_WORKERS: String(WORKERS),
    LIMIT_EVENTS_PER_SECOND: '1',
    LIMIT_BURST_SECONDS: String(QUOTA),
    LIMIT_NEW_METRICS_PER_HOUR: String(QUOTA),
  });
});
afterAll(async () => {
  gateway.kill('SIGTERM');
  await gateway.exited;
  await world.close();
});

const createKey = async (name: string): Promise<string> =>
  (await runThunderline(world.environment, 'keys', 'create', '--scopes', 'ingest', '--name', name)).trim();

const metric = (names: readonly string[]) => ({
  event: 'ml.run.metric',
  model_run_id: 'run',
  measurements: Object.fromEntries(names.map((name) => [name, 1])),
});

/** Posts on a connection of its own, so that the workers are met in turn. */
const post = (key: string, ...events: readonly object[]): Promise<Answer> =>
  ask(`${gateway.url}/api/events/ml`, key, {
    method: 'POST',
    headers: { 'content-type': 'application/json', connection: 'close' },
    body: JSON.stringify(events),
  });

/** Posts to every worker again and again until one round is accepted nowhere, and returns how many were accepted. */
async function acceptedUntilRefused(make: () => Promise<Answer>): Promise<number> {
  let accepted = 0;
  for (;;) {
    const round = await Promise.all(Array.from({ length: 2 * WORKERS }, make));
    const good = round.filter(({ status }) => status === 202).length;
    if (good === 0) return accepted;
    accepted += good;
  }
}

test('one worker grants the whole limit of events, and the other one nothing beyond it', async () => {
  const key = await createKey('events');
  const events = Array.from({ length: QUOTA }, () => metric(['loss']));
  expect((await post(key, ...events.slice(0, QUOTA - 10))).status).toBe(202);
  // An nth of the limit for each worker would accept half of it again.
  expect(await acceptedUntilRefused(() => post(key, metric(['loss'])))).toBeLessThan(QUOTA / 2);
});

test('one worker grants the whole limit of new names, and the other one knows them', async () => {
  const key = await createKey('names');
  const names = Array.from({ length: QUOTA }, (_, index) => `metric-${index}`);
  expect((await post(key, metric(names))).status).toBe(202);
  let count = 0;
  const fresh = () => {
    count += 1;
    return post(key, metric([`other-${count}`]));
  };
  expect(await acceptedUntilRefused(fresh)).toBeLessThan(QUOTA / 2);
  expect((await fresh()).body).toMatchObject({ rejected: [{ code: 'too_many_new_names', path: 'measurements' }] });
  const again = await Promise.all(Array.from({ length: 2 * WORKERS }, () => post(key, metric(names))));
  expect(again.map(({ status }) => status)).toEqual(again.map(() => 202));
});
