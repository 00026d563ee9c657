import type { AnyRecord } from '../src/avro/any-record.ts';
import { loadSchemas } from '../src/avro/schemas.ts';
import { EVENT_RECORDS, type MlEvent, trialKey } from '../src/events/event.ts';
import { fetchLag } from '../src/kafka/admin/lag.ts';
import { partitionOfKey } from '../src/kafka/client/partitioner.ts';
import { createLog } from '../src/log.ts';
import { createMetrics } from '../src/metrics.ts';
import { enrich } from '../src/processors/enrich.ts';
import type { DecodedRecord } from '../src/runtime/stage.ts';
import { createPostgresSink } from '../src/sinks/postgres/postgres-sink.ts';
import { groupId, TOPICS, topicName } from '../src/topics.ts';
import { measureBentoSink } from './bento-sink.ts';
import { type FleetShape, fillTopic, fleetEvents } from './fleet.ts';
import { type Place, untilDone, withPlace } from './place.ts';
import { startRoles } from './process.ts';
import { mean } from './statistics.ts';
import { type Figure, format } from './table.ts';

const SHAPE: FleetShape = { trials: 120, steps: 4_000 };
const { partitions: PARTITIONS } = TOPICS['ml.events.realtime'];
const ROUNDS = 3;
/** Share of the events that is written before the rate counts: a new process compiles its code meanwhile. */
const UNCOUNTED = 0.25;
const schemas = loadSchemas();

function* metricEvents(shape: FleetShape): Generator<MlEvent> {
  for (const event of fleetEvents(shape)) if (event.event === 'ml.run.metric') yield enrich(event);
}

/** An event as it comes from a topic: decoding creates a new string for every text. */
function decoded(event: MlEvent, partition: number, offset: number): DecodedRecord {
  const name = EVENT_RECORDS[event.event];
  const { type } = schemas[name];
  const record = type.fromBuffer(type.toBuffer(event));
  const source = { topic: 'ml.events.realtime', partition, offset: String(offset), timestamp: event.timestamp };
  return { source: { ...source, key: null, value: null, headers: {} }, content: { name, record } as AnyRecord };
}

/** The rate of the sink alone, in events/s: it writes records from memory, as many partitions at once as the loop would. */
async function measureFromMemory({ config }: Place): Promise<number> {
  const logs: DecodedRecord[][] = Array.from({ length: PARTITIONS }, () => []);
  for (const event of metricEvents(SHAPE)) {
    const partition = partitionOfKey(trialKey(event), PARTITIONS);
    const log = logs[partition];
    log?.push(decoded(event, partition, log.length));
  }
  const log = createLog('warn');
  const { url, poolSize } = config.postgres;
  const sink = createPostgresSink({ databaseUrl: url.reveal(), poolSize, log, metrics: createMetrics() });
  await sink.open();
  try {
    const total = SHAPE.trials * SHAPE.steps;
    const waiting = [...logs];
    let written = 0;
    let counted: { readonly at: number; readonly written: number } | undefined;
    const consume = async (): Promise<void> => {
      for (let records = waiting.shift(); records !== undefined; records = waiting.shift()) {
        for (let from = 0; from < records.length; from += sink.batch.maxRecords) {
          const chunk = records.slice(from, from + sink.batch.maxRecords);
          const rejected = await sink.write(chunk);
          if (rejected.length > 0) throw new Error(`rejected: ${rejected[0]?.message}`);
          written += chunk.length;
          if (written >= total * UNCOUNTED) counted ??= { at: performance.now(), written };
        }
      }
    };
    await Promise.all(Array.from({ length: config.consumer.concurrency }, consume));
    if (counted === undefined) throw new Error(`only ${written} events of ${total} are written`);
    return ((total - counted.written) * 1_000) / (performance.now() - counted.at);
  } finally {
    await sink.close();
  }
}

/**
 * The rate of the role `postgres`, in events/s, on a topic that is full when it starts.
 *
 * @param traceparentOf the trace of each event, by its number.
 */
export async function measureLoop(place: Place, traceparentOf?: (index: number) => string): Promise<number> {
  const { admin, config, database } = place;
  const total = await fillTopic(place, 'ml.events.realtime', metricEvents(SHAPE), traceparentOf);
  const group = groupId(config.kafka.topicPrefix, 'postgres', 'ml.events.realtime');
  const topic = topicName(config.kafka.topicPrefix, 'ml.events.realtime');
  const role = await startRoles(place, ['postgres']);
  try {
    const done = async (): Promise<number> => {
      const lags = await fetchLag(admin, group, [topic]);
      return total - lags.reduce((sum, { lag }) => sum + lag, 0);
    };
    const { perSecond } = await untilDone(total, done, total * UNCOUNTED);
    const { rows } = await database.query('select count(*)::int as points from trial_metrics');
    if (rows[0]?.points !== total * 2) throw new Error(`${rows[0]?.points} points of ${total * 2} are stored`);
    return perSecond;
  } finally {
    await role.stop();
  }
}

/** Kafka to Postgres, metric events of two measurements from six partitions, compared with Bento and with the sink alone. */
export async function run(): Promise<readonly Figure[]> {
  const rates = { memory: [] as number[], loop: [] as number[] };
  // In turn and more than once: the rate from memory alone varies by a quarter from run to run.
  for (let round = 0; round < ROUNDS; round += 1) {
    const memory = await withPlace(measureFromMemory);
    console.log(`the same statements from memory: ${format(memory)} events/s`);
    const loop = await withPlace(measureLoop);
    console.log(`Kafka to Postgres: ${format(loop)} events/s, ${format(loop * 2)} points/s`);
    rates.memory.push(memory);
    rates.loop.push(loop);
  }
  const memory = mean(rates.memory);
  const loop = mean(rates.loop);
  const bento = await withPlace((place) => measureBentoSink(place, metricEvents(SHAPE)));
  console.log(`Bento, one row an event: ${format(bento)} events/s`);
  const work = 'Kafka to Postgres: metric events of two measurements, six partitions';
  const ratio = (of: number): string => `${format(loop)} events/s, ${format(loop / of, 2)} x`;
  return [
    {
      work,
      measured: `${ratio(bento)} Bento's ${format(bento)}`,
      toReach: "at least 1.5 x Bento's, which writes one wide row an event",
      met: loop >= 1.5 * bento,
    },
    {
      work,
      measured: `${ratio(memory)} the ${format(memory)} from memory`,
      toReach: 'at least 0.7 x the same statements from memory',
      met: loop >= 0.7 * memory,
    },
  ];
}
