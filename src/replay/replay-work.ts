import { setTimeout as sleep } from 'node:timers/promises';
import { eventNameOf } from '../events/event-record.ts';
import type { Sink } from '../runtime/sink.ts';
import type { DecodedRecord, Rejected, Work } from '../runtime/stage.ts';
import type { Topic } from '../topics.ts';
import { asDelivered, isAboutRun } from './as-delivered.ts';
import type { ReplayTally } from './replay-tally.ts';

/** A sink and the topics whose records it is given. */
export interface ReplayTarget {
  readonly sink: Sink;
  readonly reads: readonly Topic[];
}

export interface WorkSettings {
  /** None for a dry run. */
  readonly sinks: readonly ReplayTarget[];
  /** Id of the run whose records are written; undefined for all. */
  readonly run: string | undefined;
  /** Maximum records per second. */
  readonly rate: number | undefined;
}

const CHUNK = { maxRecords: 5_000, maxBytes: 4 * 1_048_576 };

/** The work of a replay: each sink is given the records that the live pipeline would have delivered to it. */
export function replayWork({ sinks, run, rate }: WorkSettings, tally: ReplayTally): Work {
  const maxRecords = Math.min(CHUNK.maxRecords, ...sinks.map(({ sink }) => sink.batch.maxRecords), rate ?? Infinity);
  const maxBytes = Math.min(CHUNK.maxBytes, ...sinks.map(({ sink }) => sink.batch.maxBytes));
  const throttle = rate === undefined ? undefined : createThrottle(rate);
  return {
    name: 'replay',
    batch: { maxRecords, maxBytes },
    async handle(records) {
      await throttle?.(records.length);
      const selected = run === undefined ? records : records.filter((record) => isAboutRun(record, run));
      const found = selected.map(asDelivered).filter((each) => each !== undefined);
      const delivered = found.filter((each) => 'topic' in each);
      const refused = found.filter((each) => 'code' in each);
      const rejected = await Promise.all(
        sinks.map(({ sink, reads }) => {
          const own = delivered.filter(({ topic }) => reads.includes(topic)).map(({ record }) => record);
          return own.length === 0 ? [] : sink.write(own);
        }),
      );
      tally.leftOut += records.length - found.length;
      for (const { record } of delivered) tally.take(nameOf(record));
      return distinct([...refused, ...rejected.flat()]);
    },
  };
}

const nameOf = ({ content }: DecodedRecord): string => eventNameOf(content) ?? content.name;

/** Each rejected record once, although several sinks may reject it. */
const distinct = (rejected: readonly Rejected[]): Rejected[] => [
  ...new Map(rejected.map((each) => [each.record, each])).values(),
];

/** Limits the average to `rate` records per second. Time lost elsewhere is not compensated. */
function createThrottle(rate: number): (records: number) => Promise<void> {
  let free = Date.now();
  return async (records) => {
    const start = Math.max(free, Date.now());
    free = start + (records / rate) * 1_000;
    await sleep(Math.max(0, start - Date.now()));
  };
}
