import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createProgress } from '../../dev/machine/progress.ts';
import { HOME, PARTS_FOLDER } from '../../dev/stack/folders.ts';
import { freePort } from '../../dev/stack/ports.ts';
import { startStack } from '../../dev/stack/stack.ts';
import { loadConfig } from '../../src/config.ts';
import { createLog } from '../../src/log.ts';
import { gateway } from '../../src/roles/gateway.ts';
import { router } from '../../src/roles/router.ts';
import { serve } from '../../src/serve.ts';
import { createLiveProcess } from '../live/live-process.ts';
import { type Follower, follow } from '../live/live-world.ts';
import { startPointLoad } from '../live/point-load.ts';
import { until } from '../support/until.ts';
import { createWorld } from '../support/world.ts';
import { isNginxInstalled, siteOf, startNginx } from './nginx.ts';

/**
 * `npm run test:nginx`: the live feed behind nginx with Debian's configuration. Two processes with the role `live` are killed
 * in turn while 1,000 events a second arrive, and a client behind nginx has every point once; points pass without delay, and
 * a quiet feed outlasts the time-out of nginx.
 */
const WAIT_MS = 300_000;
const DELAY_MS = 1_000;
/** `proxy_read_timeout` of nginx is 60 s. */
const QUIET_MS = 70_000;
const WINDOW = { LIVE_WINDOW_MS: '240000', LIVE_WINDOW_BYTES: String(512 * 1_048_576) };

if (!isNginxInstalled()) {
  console.error('nginx is not installed: apt-get install nginx-light');
  process.exit(1);
}
const stack = await startStack({
  home: join(HOME, 'nginx'),
  parts: PARTS_FOLDER,
  environment: process.env,
  progress: createProgress(process.stderr),
  only: ['kafka', 'registry', 'postgres', 's3'],
});
Object.assign(process.env, stack.environment);
const folder = mkdtempSync(join(tmpdir(), 'thunderline-nginx-'));
const failures: string[] = [];
const expectThat = (what: string, holds: boolean): void => {
  console.log(`${holds ? 'ok    ' : 'FAILED'} ${what}`);
  if (!holds) failures.push(what);
};

const pointsOf = ({ frames }: Follower): string[] =>
  frames.flatMap((frame) =>
    frame.name === 'data'
      ? (frame.data.points ?? []).flatMap(({ trial_id, points }) => points.map(([step]) => `${trial_id} ${step}`))
      : [],
  );

const world = await createWorld();
const processes = [await createLiveProcess(world, WINDOW), await createLiveProcess(world, WINDOW)] as const;
try {
  const source = await serve(loadConfig(world.environment), [gateway, router], createLog('silent'));
  await Promise.all(processes.map((one) => one.start()));
  const port = await freePort(27_000);
  const nginx = await startNginx(folder, siteOf(port, [processes[0].port, processes[1].port]));
  const url = `http://127.0.0.1:${port}`;
  try {
    await until('nginx passes requests on', WAIT_MS, async () => (await fetch(`${url}/health/live`)).ok);
    await checkRestarts(source.url, url);
    await checkQuietFeed(url);
  } finally {
    await nginx.stop();
    await source.stop();
  }
} catch (error) {
  console.error(error);
  failures.push((error as Error).message);
} finally {
  await Promise.all(processes.map((one) => one.kill('SIGKILL')));
  await world.close();
  await stack.stop();
  rmSync(folder, { recursive: true });
}
console.log(failures.length === 0 ? '1 passed, 0 failed' : '0 passed, 1 failed');
process.exit(failures.length === 0 ? 0 : 1);

async function checkRestarts(sourceUrl: string, url: string): Promise<void> {
  const follower = follow(url, 'model_run_id=nginx');
  const direct = follow(processes[0].url, 'model_run_id=nginx');
  await until('the feed begins', WAIT_MS, () => follower.has('hello') && direct.has('hello'));
  const load = startPointLoad(sourceUrl, 'nginx');
  const flows = (): Promise<unknown> => {
    const before = pointsOf(follower).length;
    return until('points arrive', WAIT_MS, () => pointsOf(follower).length > before);
  };
  await flows();
  // Relative to a client without nginx, because a busy machine delays both.
  const posted = load.accepted.size;
  const arrival = async (client: Follower): Promise<number> => {
    await until('the points so far arrive', WAIT_MS, () => pointsOf(client).length >= posted, 10);
    return performance.now();
  };
  const [behind, without] = await Promise.all([arrival(follower), arrival(direct)]);
  expectThat(`points arrive at most ${DELAY_MS} ms later behind nginx`, behind - without < DELAY_MS);
  await direct.stop();
  for (const killed of processes) {
    await flows();
    await killed.kill('SIGKILL');
    await flows();
    await killed.start();
  }
  await load.stop();
  await until('every point arrives', WAIT_MS, () => pointsOf(follower).length >= load.accepted.size);
  await sleep(500);
  const points = pointsOf(follower);
  const distinct = new Set(points);
  const isWhole = [...load.accepted].every((point) => distinct.has(point));
  expectThat(`all ${load.accepted.size} points arrived, each once`, isWhole && points.length === load.accepted.size);
  expectThat('no reset was needed', !follower.has('reset'));
  await follower.stop();
}

async function checkQuietFeed(url: string): Promise<void> {
  const response = await fetch(`${url}/api/live?model_run_id=quiet`);
  expectThat('the answer is not compressed', response.headers.get('content-encoding') === null);
  let isOpen = true;
  const reading = response.body
    ?.pipeTo(new WritableStream())
    .catch(() => undefined)
    .finally(() => {
      isOpen = false;
    });
  await Promise.race([reading, sleep(QUIET_MS)]);
  expectThat(`a quiet feed stays open for ${QUIET_MS / 1_000} s`, isOpen);
}
