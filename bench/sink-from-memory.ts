import type { AnyRecord } from '../src/avro/any-record.ts';
import { loadSchemas } from '../src/avro/schemas.ts';
import { EVENT_RECORDS, type MlEvent, trialKey } from '../src/events/event.ts';
import { partitionOfKey } from '../src/kafka/client/partitioner.ts';
import { createLog } from '../src/log.ts';
import { createMetrics } from '../src/metrics.ts';
import type { DecodedRecord } from '../src/runtime/stage.ts';
import { createPostgresSink } from '../src/sinks/postgres/postgres-sink.ts';
import { TOPICS } from '../src/topics.ts';

const { partitions: PARTITIONS } = TOPICS['ml.events.realtime'];
/** Share of the events that is written before the rate counts: a new process compiles its code meanwhile. */
export const UNCOUNTED = 0.25;
const schemas = loadSchemas();

/** An event as it comes from a topic: decoding creates a new string for every text. */
function decoded(event: MlEvent, partition: number, offset: number): DecodedRecord {
  const name = EVENT_RECORDS[event.event];
  const { type } = schemas[name];
  const record = type.fromBuffer(type.toBuffer(event));
  const source = { topic: 'ml.events.realtime', partition, offset: String(offset), timestamp: event.timestamp };
  return { source: { ...source, key: null, value: null, headers: {} }, content: { name, record } as AnyRecord };
}

/** The records of each partition of `ml.events.realtime`. */
function partitioned(events: Iterable<MlEvent>): DecodedRecord[][] {
  const logs: DecodedRecord[][] = Array.from({ length: PARTITIONS }, () => []);
  for (const event of events) {
    const partition = partitionOfKey(trialKey(event), PARTITIONS);
    const log = logs[partition];
    log?.push(decoded(event, partition, log.length));
  }
  return logs;
}

export interface SinkSettings {
  readonly databaseUrl: string;
  readonly poolSize: number;
  /** Partitions that are written at the same time, as the loop would. */
  readonly concurrency: number;
}

/** The rate of the sink alone, in events/s: it writes metric events from memory. */
export async function measureFromMemory(
  { databaseUrl, poolSize, concurrency }: SinkSettings,
  events: Iterable<MlEvent>,
): Promise<number> {
  const waiting = partitioned(events);
  const total = waiting.reduce((sum, { length }) => sum + length, 0);
  const sink = createPostgresSink({ databaseUrl, poolSize, log: createLog('warn'), metrics: createMetrics() });
  await sink.open();
  try {
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
    await Promise.all(Array.from({ length: concurrency }, consume));
    if (counted === undefined) throw new Error(`only ${written} events of ${total} are written`);
    return ((total - counted.written) * 1_000) / (performance.now() - counted.at);
  } finally {
    await sink.close();
  }
}
