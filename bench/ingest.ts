import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { requirePrerequisites } from '../dev/machine/prerequisites.ts';
import { printError } from '../dev/machine/print-error.ts';
import { connectRegistry } from '../src/avro/registry.ts';
import { metricBodies } from '../src/fleet/metric-bodies.ts';
import { untilLed } from '../src/kafka/admin/create-topics.ts';
import { TOPICS } from '../src/topics.ts';
import { startBento } from './bento.ts';
import { BENTO_SCHEMA } from './bento-schema.ts';
import { measureEventCost } from './ingest/event-cost.ts';
import { measureSoak } from './ingest/soak.ts';
import { runWrk, type WrkResult } from './ingest/wrk.ts';
import { type Place, withPlace } from './place.ts';
import { type Started, startRoles } from './process.ts';
import { type Figure, format, formatTable } from './table.ts';

const CONNECTIONS = 128;
const SOAK = { connections: 512, seconds: 300 };
/** The broker compiles its own code for this long; without a warm-up the first server would pay for that. */
const WARM_BROKER_SECONDS = 20;
const WARM_UP_SECONDS = 4;
/** Rounds of each server, in turn; the better round of each counts. */
const ROUNDS = 2;
const SECONDS = 10;
const STEADY = { requestsPerSecond: 1_000, seconds: 20 };
const TRIALS = 1_000;
const ONE = metricBodies(64, 1, TRIALS);
const HUNDRED = metricBodies(64, 100, TRIALS);

/** Workers on both cores; Bento uses both as well. */
const WORKERS = '2';

const startGateway = (place: Place): Promise<Started & { readonly url: string }> =>
  startRoles({ ...place, environment: { ...place.environment, GATEWAY_WORKERS: WORKERS } }, ['gateway']);

/** The rates of a server, for single events and for a hundred events in each request. */
interface Rates {
  readonly one: WrkResult;
  readonly hundred: WrkResult;
}

async function measureRates(server: string, url: string): Promise<Rates> {
  const load = async (bodies: readonly string[]): Promise<WrkResult> => {
    await runWrk({ url, bodies, connections: CONNECTIONS, seconds: WARM_UP_SECONDS });
    const result = await runWrk({ url, bodies, connections: CONNECTIONS, seconds: SECONDS });
    if (result.failed !== undefined) throw new Error(`${server}: ${result.failed}`);
    return result;
  };
  const one = await load(ONE);
  console.log(`${server}, one event a request: ${format(one.requestsPerSecond)} req/s, p50 ${one.p50Ms} ms`);
  const hundred = await load(HUNDRED);
  console.log(`${server}, 100 events a request: ${format(hundred.requestsPerSecond * 100)} events/s`);
  return { one, hundred };
}

async function measureBento({ admin, config, environment }: Place): Promise<Rates> {
  const topic = `${config.kafka.topicPrefix}bento`;
  await connectRegistry(config.registry).register(`${topic}-value`, JSON.stringify(BENTO_SCHEMA));
  const { partitions: numPartitions } = TOPICS['ml.events'];
  // False when the topic exists from an earlier round.
  await admin.createTopics({ topics: [{ topic, numPartitions }], waitForLeaders: false });
  await untilLed(admin, [topic]);
  const port = 14_100;
  const bento = await startBento({ config: 'ingest', environment: { ...environment, BENTO_TOPIC: topic }, port });
  try {
    return await measureRates('Bento', `http://127.0.0.1:${port}`);
  } finally {
    await bento.stop();
  }
}

/** The latency of single posts at a fixed rate, each from the moment it was due. */
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

/** Runs `use` on a new gateway, and stops the gateway afterwards. */
export async function withGateway<T>(
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

/** HTTP to Kafka, compared with Bento: the same broker, bodies and load generator, one server after the other. */
export async function run(): Promise<readonly Figure[]> {
  const cost = measureEventCost(ONE);
  const { gateway, latency, bento } = await withPlace(async (place) => {
    const latency = await withGateway(place, async ({ url }) => {
      await runWrk({ url, bodies: HUNDRED, connections: CONNECTIONS, seconds: WARM_BROKER_SECONDS });
      return measureLatency(url);
    });
    console.log(`${latency.work}: ${latency.measured}`);
    const gateway: Rates[] = [];
    const bento: Rates[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      gateway.push(await withGateway(place, ({ url }) => measureRates('the gateway', url)));
      bento.push(await measureBento(place));
    }
    return { latency, gateway: bestOf(gateway), bento: bestOf(bento) };
  });
  const compared = (work: string, unit: string, rate: number, bentoRate: number, factor: number): Figure => ({
    work,
    measured: `${format(rate)} ${unit}, ${format(rate / bentoRate, 2)} x Bento's ${format(bentoRate)}`,
    toReach: `at least ${factor} x Bento's`,
    met: rate >= factor * bentoRate,
  });
  const { one, hundred } = gateway;
  const inHundreds = (result: WrkResult): number => result.requestsPerSecond * 100;
  return [
    compared('HTTP to Kafka: 100 events a request', 'events/s', inHundreds(hundred), inHundreds(bento.hundred), 2.5),
    compared('HTTP to Kafka: one event a request', 'req/s', one.requestsPerSecond, bento.one.requestsPerSecond, 1.5),
    latency,
    ...cost,
  ];
}

/** The memory of a gateway during five minutes at saturation: `node bench/ingest.ts --soak`. */
const soak = (): Promise<readonly Figure[]> =>
  withPlace((place) =>
    withGateway(place, async (gateway) => [await measureSoak(gateway, { url: gateway.url, bodies: HUNDRED, ...SOAK })]),
  );

if (import.meta.main) {
  try {
    requirePrerequisites(['wrk'], process.env);
  } catch (error) {
    printError(error);
    process.exit(1);
  }
  const figures = await (process.argv.includes('--soak') ? soak() : run());
  console.log(`\n${formatTable(figures)}`);
  process.exitCode = figures.every(({ met }) => met) ? 0 : 1;
}
