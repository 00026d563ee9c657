import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../test/support/until.ts';
import { CountingClient, type Following, followFeed, pointsOf } from './live/feed-clients.ts';
import { EVENTS_PER_SECOND, type Posting, postPoints, TRIALS } from './live/post-points.ts';
import { type Place, withPlace } from './place.ts';
import { startRoles } from './process.ts';
import { percentile } from './statistics.ts';
import { type Figure, format } from './table.ts';

const LATENCY_LIMIT_MS = 150;
const CLIENTS = 500;
const STALLED = 50;
/** Clients that time each point; the others count. */
const TIMED = 10;
const CORE_SHARE_LIMIT = 0.5;
const GROWTH_LIMIT = 1.1;
const RETURNING = 1_000;
const RETURN_LIMIT_S = 15;
const RETURNS_PER_SECOND_LIMIT = 200;
/** Code is compiled, and the window of the feed is filled. */
const WARM_UP_S = 12;
/** With 500 clients the memory of the process grows for a minute, from 230 to 266 MiB, and then stays, without stalled ones. */
const SETTLING_S = 80;
const MEASURED_S = 20;
const DEADLINE_MS = 120_000;
/** Shorter than the warm-up, so that the memory of the window does not grow any more. */
const SHORT_WINDOW = { LIVE_WINDOW_MS: '10000' };

/** All clients come from one address, and those that are stalled stay connected. */
const SETTINGS = {
  LIVE_MAX_CLIENTS_PER_KEY: '2000',
  HTTP_MAX_CONNECTIONS_PER_CLIENT: '4096',
  HTTP_SEND_TIMEOUT_MS: '300000',
  LIMIT_EVENTS_PER_SECOND: '0',
};

type Live = Awaited<ReturnType<typeof startRoles>>;

/** A client that times each point from its post to its frame. */
function timedClient(url: string, posting: () => Posting | undefined, latencies: number[]): Following {
  return followFeed(url, '', (frame) => {
    const now = performance.now();
    for (const { trial, step } of pointsOf(frame)) {
      const postedAt = posting()?.postedAt(trial, step);
      if (postedAt !== undefined) latencies.push(now - postedAt);
    }
  });
}

const percentiles = (latencies: readonly number[]): string =>
  [0.5, 0.95, 0.99].map((share) => `p${share * 100} ${format(percentile(latencies, share))} ms`).join(', ');

/** One client, one event a request. */
async function measureLatency(gatewayUrl: string, liveUrl: string): Promise<Figure> {
  let posting: Posting | undefined;
  const latencies: number[] = [];
  const client = timedClient(liveUrl, () => posting, latencies);
  posting = postPoints(gatewayUrl, 1);
  await sleep(WARM_UP_S * 1_000);
  latencies.length = 0;
  await sleep(MEASURED_S * 1_000);
  await posting.stop();
  await client.stop();
  return {
    work: `post to frame at the client, ${format(EVENTS_PER_SECOND)} events/s`,
    measured: percentiles(latencies),
    toReach: `p95 under ${LATENCY_LIMIT_MS} ms`,
    met: percentile(latencies, 0.95) < LATENCY_LIMIT_MS,
  };
}

/** Many clients, of which some stop reading. */
async function measureClients(gatewayUrl: string, live: Live): Promise<Figure[]> {
  let posting: Posting | undefined;
  const latencies: number[] = [];
  const timed = Array.from({ length: TIMED }, () => timedClient(live.url, () => posting, latencies));
  const counting: CountingClient[] = [];
  for (let count = 0; count < CLIENTS - TIMED; count += 1) {
    counting.push(await CountingClient.open(live.url));
    // A process starts 200 feeds a second.
    await sleep(10);
  }
  const [stalled, reading] = [counting.slice(0, STALLED), counting.slice(STALLED)];
  posting = postPoints(gatewayUrl, 10);
  await sleep(SETTLING_S * 1_000);
  const all = await span(live, latencies);
  for (const client of stalled) client.stall();
  // Until the buffers of the kernel are full.
  await sleep(WARM_UP_S * 1_000);
  const framesBefore = reading.map(({ frames }) => frames);
  const some = await span(live, latencies);
  await posting.stop();
  const slowest = Math.min(...reading.map(({ frames }, index) => frames - (framesBefore[index] ?? 0))) / MEASURED_S;
  const lost = reading.filter(({ gaps, isOpen }) => gaps > 0 || !isOpen).length;
  await Promise.all(timed.map((client) => client.stop()));
  for (const client of counting) client.close();

  const growth = some.residentBytes / all.residentBytes;
  const mebibytes = (bytes: number): string => `${format(bytes / 1_048_576)} MiB`;
  const work = `${CLIENTS} clients, ${STALLED} of them stalled, ${format(EVENTS_PER_SECOND)} events/s`;
  return [
    {
      work: `${work}: processor time`,
      measured: `${format(some.coreShare * 100)} % of a core; ${format(all.coreShare * 100)} % before any stalled`,
      toReach: `under ${CORE_SHARE_LIMIT * 100} % of a core`,
      met: some.coreShare < CORE_SHARE_LIMIT,
    },
    {
      work: `${work}: memory`,
      measured: `${mebibytes(all.residentBytes)}, then ${mebibytes(some.residentBytes)}`,
      toReach: 'flat: at most 10 % more',
      met: growth < GROWTH_LIMIT,
    },
    {
      work: `${work}: the other ${CLIENTS - STALLED}`,
      measured: `${percentiles(some.latencies)} (before: ${percentiles(all.latencies)}); at least ${format(slowest, 1)} frames/s; ${lost} with a loss`,
      toReach: `p95 under ${LATENCY_LIMIT_MS} ms, no loss`,
      met: lost === 0 && percentile(some.latencies, 0.95) < LATENCY_LIMIT_MS,
    },
  ];
}

async function span(live: Live, latencies: number[]) {
  latencies.length = 0;
  const [startedAt, processor] = [performance.now(), live.processorSeconds()];
  let residentBytes = 0;
  for (let second = 0; second < MEASURED_S; second += 1) {
    await sleep(1_000);
    residentBytes = Math.max(residentBytes, live.residentBytes());
  }
  const seconds = (performance.now() - startedAt) / 1_000;
  return { coreShare: (live.processorSeconds() - processor) / seconds, residentBytes, latencies: [...latencies] };
}

/** A client that comes back after the restart. */
class ReturningClient {
  readonly trial: string;
  readonly steps: number[] = [];
  connectedAt: number | undefined;
  resets = 0;
  readonly following: Following;

  constructor(url: string, number: number) {
    this.trial = `t${number % TRIALS}`;
    this.following = followFeed(url, `trial_id=${this.trial}&hz=2`, (frame) => {
      if (frame.name === 'hello') this.connectedAt = performance.now();
      if (frame.name === 'reset' || frame.name === 'gap') this.resets += 1;
      for (const { step } of pointsOf(frame)) this.steps.push(step);
    });
  }
}

async function measureReturn(place: Place, gatewayUrl: string, { url, stop }: Live): Promise<Figure[]> {
  const clients: ReturningClient[] = [];
  for (let number = 0; number < RETURNING; number += 1) {
    clients.push(new ReturningClient(url, number));
    if (number % 100 === 99) await sleep(1_000);
  }
  const isLive = (since: number) => () => clients.every(({ connectedAt = 0 }) => connectedAt > since);
  await until('all clients are connected', DEADLINE_MS, isLive(0));
  const posting = postPoints(gatewayUrl, 50);
  await sleep(5_000);
  await stop();
  const stoppedAt = performance.now();
  const again = await startRoles(place, ['live'], Number(new URL(url).port));
  const readyAt = performance.now();
  try {
    await until('all clients are back', DEADLINE_MS, isLive(stoppedAt));
    const returns = clients.map(({ connectedAt = 0 }) => connectedAt).sort((a, b) => a - b);
    const seconds = ((returns.at(-1) ?? 0) - readyAt) / 1_000;
    const most = Math.max(
      ...returns.map((from, index) => returns.filter((at, other) => other >= index && at < from + 1_000).length),
    );
    await posting.stop();
    const isWhole = ({ trial, steps }: ReturningClient) => steps.length >= posting.stepsOf(trial);
    await until('every client has every point', DEADLINE_MS, () => clients.every(isWhole)).catch(() => undefined);
    const wrong = clients.filter(
      ({ trial, steps, resets }) =>
        resets > 0 || steps.length !== posting.stepsOf(trial) || new Set(steps).size !== steps.length,
    );
    return [
      {
        work: `${format(RETURNING)} clients come back after a restart, ${format(EVENTS_PER_SECOND)} events/s`,
        measured: `all live ${format(seconds, 1)} s after the process was ready, at most ${most} connections in a second`,
        toReach: `within ${RETURN_LIMIT_S} s, at most ${RETURNS_PER_SECOND_LIMIT} connections/s`,
        met: seconds < RETURN_LIMIT_S && most <= RETURNS_PER_SECOND_LIMIT,
      },
      {
        work: `${format(RETURNING)} clients come back after a restart, ${format(EVENTS_PER_SECOND)} events/s`,
        measured: `${wrong.length} clients with a reset, or with a point lost or doubled, of ${format(posting.stepsOf('t0'))} points each`,
        toReach: 'nothing lost and nothing doubled',
        met: wrong.length === 0,
      },
    ];
  } finally {
    await Promise.all(clients.map(({ following }) => following.stop()));
    await again.stop();
  }
}

/** The live feed in a process of its own. */
export const run = (): Promise<readonly Figure[]> =>
  withPlace(async (given) => {
    const place = { ...given, environment: { ...given.environment, ...SETTINGS } };
    const source = await startRoles(place, ['gateway', 'router']);
    const figures: Figure[] = [];
    const show = (...found: readonly Figure[]): void => {
      for (const { work, measured } of found) console.log(`${work}: ${measured}`);
      figures.push(...found);
    };
    const withLive = async (environment: NodeJS.ProcessEnv, measure: (live: Live) => Promise<void>): Promise<void> => {
      const live = await startRoles({ ...place, environment: { ...place.environment, ...environment } }, ['live']);
      try {
        await measure(live);
      } finally {
        await live.stop();
      }
    };
    try {
      await withLive(SHORT_WINDOW, async (live) => {
        show(await measureLatency(source.url, live.url));
        show(...(await measureClients(source.url, live)));
      });
      await withLive({}, async (live) => show(...(await measureReturn(place, source.url, live))));
    } finally {
      await source.stop();
    }
    return figures;
  });
