import { metricBodies } from '../src/fleet/metric-bodies.ts';
import { type Collector, startCollector } from '../test/support/collector.ts';
import { runWrk } from './ingest/wrk.ts';
import { withGateway } from './ingest.ts';
import { type Place, withPlace } from './place.ts';
import { measureLoop } from './sink.ts';
import { mean } from './statistics.ts';
import { type Figure, format } from './table.ts';

const ROUNDS = 3;
const SAMPLED_SHARE = 0.01;
const LEAST_SHARE = 0.95;
const CONNECTIONS = 128;
const WARM_UP_SECONDS = 3;
const SECONDS = 8;
const EVENTS_A_REQUEST = 100;
const BODIES = metricBodies(64, EVENTS_A_REQUEST, 1_000);

/** Rates without and with spans, in events/s. */
interface Rates {
  readonly without: number[];
  readonly traced: number[];
}

const tracedPlace = (place: Place, { url }: Collector): Place => {
  const settings = { OTEL_EXPORTER_OTLP_ENDPOINT: url, OTEL_TRACES_SAMPLER_ARG: String(SAMPLED_SHARE) };
  return { ...place, environment: { ...place.environment, ...settings } };
};

const measureGateway = (place: Place): Promise<number> =>
  withGateway(place, async ({ url }) => {
    const load = { url, bodies: BODIES, connections: CONNECTIONS };
    await runWrk({ ...load, seconds: WARM_UP_SECONDS });
    const { requestsPerSecond, failed } = await runWrk({ ...load, seconds: SECONDS });
    if (failed !== undefined) throw new Error(failed);
    return requestsPerSecond * EVENTS_A_REQUEST;
  });

/** The trace of an event: requests of a hundred events, of which every hundredth is sampled. */
function traceparentOf(index: number): string {
  const request = Math.floor(index / EVENTS_A_REQUEST) + 1;
  const digits = request.toString(16);
  const flags = request % (1 / SAMPLED_SHARE) === 0 ? '01' : '00';
  return `00-${digits.padStart(32, '0')}-${digits.padStart(16, '0')}-${flags}`;
}

/** Measures both kinds in turn, because other load changes both. Throws where tracing sent no span. */
async function inTurn(work: string, measure: (place: Place) => Promise<number>): Promise<Rates> {
  const rates: Rates = { without: [], traced: [] };
  const collector = await startCollector();
  try {
    for (let round = 0; round < ROUNDS; round += 1) {
      rates.without.push(await withPlace(measure));
      rates.traced.push(await withPlace((place) => measure(tracedPlace(place, collector))));
      console.log(`${work}: ${format(rates.without[round] ?? 0)} events/s, ${format(rates.traced[round] ?? 0)} traced`);
    }
    if (collector.requests.length === 0) throw new Error(`${work}: no span has arrived`);
    return rates;
  } finally {
    await collector.close();
  }
}

function figureOf(work: string, { without, traced }: Rates): Figure {
  const share = mean(traced) / mean(without);
  return {
    work: `${work}, ${SAMPLED_SHARE * 100} % of the requests traced`,
    measured: `${format(mean(traced))} events/s, ${format(share, 2)} x the ${format(mean(without))} without traces`,
    toReach: `at least ${LEAST_SHARE} x`,
    met: share >= LEAST_SHARE,
  };
}

/** The cost of tracing: the gateway and the sink with and without spans, in turn. */
export async function run(): Promise<readonly Figure[]> {
  const works = {
    'HTTP to Kafka, 100 events a request': measureGateway,
    'Kafka to Postgres': (place: Place) => measureLoop(place, traceparentOf),
  };
  const figures: Figure[] = [];
  for (const [work, measure] of Object.entries(works)) figures.push(figureOf(work, await inTurn(work, measure)));
  return figures;
}
