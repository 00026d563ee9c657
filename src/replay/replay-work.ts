import { setTimeout as sleep } from 'node:timers/promises';
import { eventNameOf } from '../events/event-record.ts';
import type { Sink } from '../runtime/sink.ts';
import type { DecodedRecord, Rejected, Work } from '../runtime/stage.ts';
import type { Topic } from '../topics.ts';
import { type Selection, select } from './selection.ts';
import type { Tally } from './tally.ts';

/** A sink and the topics whose records it is given. */
export interface ReplayTarget {
  readonly sink: Sink;
  readonly reads: readonly Topic[];
}

export interface WorkSettings {
  /** None for a dry run. */
  readonly sinks: readonly ReplayTarget[];
  readonly selection: Pick<Selection, 'since' | 'until' | 'run'>;
  /** Records a second, at most. */
  readonly rate: number | undefined;
}

const CHUNK = { maxRecords: 5_000, maxBytes: 4 * 1_048_576 };

/** What a replay does with the records it reads: it gives each sink what the live pipeline would have given it. */
export function replayWork({ sinks, selection, rate }: WorkSettings, tally: Tally): Work {
  const maxRecords = Math.min(CHUNK.maxRecords, ...sinks.map(({ sink }) => sink.batch.maxRecords), rate ?? Infinity);
  const maxBytes = Math.min(CHUNK.maxBytes, ...sinks.map(({ sink }) => sink.batch.maxBytes));
  const throttle = rate === undefined ? undefined : createThrottle(rate);
  return {
    name: 'replay',
    batch: { maxRecords, maxBytes },
    async handle(records) {
      await throttle?.(records.length);
      const selected = records.map((record) => select(record, selection)).filter((found) => found !== undefined);
      const rejected = await Promise.all(
        sinks.map(({ sink, reads }) => {
          const meant = selected.filter(({ topic }) => reads.includes(topic)).map(({ record }) => record);
          return meant.length === 0 ? [] : sink.write(meant);
        }),
      );
      tally.leftOut += records.length - selected.length;
      for (const { record } of selected) tally.take(nameOf(record));
      return distinct(rejected.flat());
    },
  };
}

const nameOf = ({ content }: DecodedRecord): string => eventNameOf(content) ?? content.name;

/** A record that several sinks refuse is told of once. */
const distinct = (rejected: readonly Rejected[]): Rejected[] => [
  ...new Map(rejected.map((each) => [each.record, each])).values(),
];

/** Lets through `rate` records a second on average, without making up for time that was lost elsewhere. */
function createThrottle(rate: number): (records: number) => Promise<void> {
  let free = Date.now();
  return async (records) => {
    const start = Math.max(free, Date.now());
    free = start + (records / rate) * 1_000;
    await sleep(Math.max(0, start - Date.now()));
  };
}
