import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { connectRegistry } from '../src/avro/registry.ts';
import { metricBodies } from '../src/fleet/metric-bodies.ts';
import { untilLed } from '../src/kafka/admin/create-topics.ts';
import { TOPICS } from '../src/topics.ts';
import { startBento } from './bento.ts';
import { measureEventCost } from './ingest/event-cost.ts';
import { measureSoak } from './ingest/soak.ts';
import { runWrk, type WrkResult } from './ingest/wrk.ts';
import { PEER_SCHEMA } from './peer-schema.ts';
import { type Place, withPlace } from './place.ts';
import { type Started, startRoles } from './process.ts';
import { type Figure, format, formatTable } from './table.ts';

const CONNECTIONS = 128;
const SOAK = { connections: 512, seconds: 300 };
/** The broker's own code gets faster for as long: whoever is measured first must not pay for it. */
const WARM_BROKER_SECONDS = 20;
const WARM_UP_SECONDS = 4;
/** The two in turn, so often; of each the better round counts. */
const ROUNDS = 2;
const SECONDS = 10;
const STEADY = { requestsPerSecond: 1_000, seconds: 20 };
const TRIALS = 1_000;
const ONE = metricBodies(64, 1, TRIALS);
const HUNDRED = metricBodies(64, 100, TRIALS);

/** Both cores, as Bento has them. */
const WORKERS = '2';

const startGateway = (place: Place): Promise<Started & { readonly url: string }> =>
  startRoles({ ...place, environment: { ...place.environment, GATEWAY_WORKERS: WORKERS } }, ['gateway']);

/** What a server answers in a second: to single events, and to a hundred in each request. */
interface Rates {
  readonly one: WrkResult;
  readonly hundred: WrkResult;
}

async function measureRates(who: string, url: string): Promise<Rates> {
  const load = async (bodies: readonly string[]): Promise<WrkResult> => {
    await runWrk({ url, bodies, connections: CONNECTIONS, seconds: WARM_UP_SECONDS });
    const result = await runWrk({ url, bodies, connections: CONNECTIONS, seconds: SECONDS });
    if (result.failed !== undefined) throw new Error(`${who}: ${result.failed}`);
    return result;
  };
  const one = await load(ONE);
  console.log(`${who}, one event a request: ${format(one.requestsPerSecond)} req/s, p50 ${one.p50Ms} ms`);
  const hundred = await load(HUNDRED);
  console.log(`${who}, 100 events a request: ${format(hundred.requestsPerSecond * 100)} events/s`);
  return { one, hundred };
}

async function measurePeer({ admin, config, environment }: Place): Promise<Rates> {
  const topic = `${config.kafka.topicPrefix}peer`;
  await connectRegistry(config.registry).register(`${topic}-value`, JSON.stringify(PEER_SCHEMA));
  const { partitions: numPartitions } = TOPICS['ml.events'];
  // False where there is one, of the round before.
  await admin.createTopics({ topics: [{ topic, numPartitions }], waitForLeaders: false });
  await untilLed(admin, [topic]);
  const port = 14_100;
  const peer = await startBento({ config: 'ingest', environment: { ...environment, PEER_TOPIC: topic }, port });
  try {
    return await measureRates('Bento', `http://127.0.0.1:${port}`);
  } finally {
    await peer.stop();
  }
}

/** Single posts at a fixed rate, each timed from when it was due. */
async function measureLatency(url: string): Promise<Figure> {
  const { requestsPerSecond, seconds } = STEADY;
  const bin = join(import.meta.dirname, '../bin/thunderline.js');
  const load = ['--rate', String(requestsPerSecond), '--seconds', String(seconds), '--events', '1'];
  const { stdout } = await promisify(execFile)(process.execPath, [bin, 'bench', 'ingest', '--url', url, ...load]);
  const [, p50, p95, p99] = (/p50 ([\d.]+) +p95 ([\d.]+) +p99 ([\d.]+)/.exec(stdout) ?? []).map(Number);
  return {
    work: 'Latency of single posts at 1,000/s',
    measured: `p50 ${p50} ms, p95 ${p95} ms, p99 ${p99} ms`,
    toReach: 'p95 under 20 ms, p99 under 50 ms',
    met: Number(p95) < 20 && Number(p99) < 50,
  };
}

/** What `use` finds of a gateway of its own. */
async function withGateway<T>(
  place: Place,
  use: (gateway: Started & { readonly url: string }) => Promise<T>,
): Promise<T> {
  const gateway = await startGateway(place);
  try {
    return await use(gateway);
  } finally {
    await gateway.stop();
  }
}

const better = (one: WrkResult, other: WrkResult): WrkResult =>
  one.requestsPerSecond > other.requestsPerSecond ? one : other;

const bestOf = (rounds: readonly Rates[]): Rates => ({
  one: rounds.map(({ one }) => one).reduce(better),
  hundred: rounds.map(({ hundred }) => hundred).reduce(better),
});

/** HTTP to Kafka beside Bento: the same broker, bodies and load generator, the two in turn. */
export async function run(): Promise<readonly Figure[]> {
  const cost = measureEventCost(ONE);
  const { ours, latency, peer } = await withPlace(async (place) => {
    const latency = await withGateway(place, async ({ url }) => {
      await runWrk({ url, bodies: HUNDRED, connections: CONNECTIONS, seconds: WARM_BROKER_SECONDS });
      return measureLatency(url);
    });
    console.log(`${latency.work}: ${latency.measured}`);
    const ours: Rates[] = [];
    const peer: Rates[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      ours.push(await withGateway(place, ({ url }) => measureRates('the gateway', url)));
      peer.push(await measurePeer(place));
    }
    return { latency, ours: bestOf(ours), peer: bestOf(peer) };
  });
  const beside = (work: string, unit: string, mine: number, theirs: number, least: number): Figure => ({
    work,
    measured: `${format(mine)} ${unit}, ${format(mine / theirs, 2)} x Bento's ${format(theirs)}`,
    toReach: `at least ${least} x Bento's`,
    met: mine >= least * theirs,
  });
  const { one, hundred } = ours;
  const inHundreds = (result: WrkResult): number => result.requestsPerSecond * 100;
  return [
    beside('HTTP to Kafka: 100 events a request', 'events/s', inHundreds(hundred), inHundreds(peer.hundred), 2.5),
    beside('HTTP to Kafka: one event a request', 'req/s', one.requestsPerSecond, peer.one.requestsPerSecond, 1.5),
    latency,
    ...cost,
  ];
}

/** Five minutes at saturation: `node bench/ingest.ts --soak`. */
const soak = (): Promise<readonly Figure[]> =>
  withPlace((place) =>
    withGateway(place, async (gateway) => [await measureSoak(gateway, { url: gateway.url, bodies: HUNDRED, ...SOAK })]),
  );

if (import.meta.main) {
  const figures = await (process.argv.includes('--soak') ? soak() : run());
  console.log(`\n${formatTable(figures)}`);
  process.exitCode = figures.every(({ met }) => met) ? 0 : 1;
}
