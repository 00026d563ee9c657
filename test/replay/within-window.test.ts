import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { FetchedBatch, UnreadableBatch } from '../../src/record.ts';
import { isWithin, mayBeWithin, withinWindow } from '../../src/replay/within-window.ts';

const time = fc.integer({ min: -5, max: 20 });

/** Windows that follow each other, the first and the last without a bound. */
const windows = fc.array(time, { maxLength: 4 }).map((cuts) => {
  const bounds = [undefined, ...cuts.toSorted((a, b) => a - b), undefined];
  return bounds.slice(1).map((until, index) => ({ since: bounds[index], until }));
});

test('each timestamp is within exactly one of the windows that follow each other', () => {
  fc.assert(
    fc.property(time, windows, (timestamp, list) => {
      expect(list.filter((window) => isWithin(timestamp, window))).toHaveLength(1);
    }),
  );
});

const unreadableAt = (timestamp: number, firstTimestamp: number | undefined): UnreadableBatch => ({
  topic: 't',
  partition: 0,
  firstOffset: '0',
  lastOffset: '1',
  codec: 'gzip',
  timestamp,
  firstTimestamp,
  bytes: Buffer.alloc(0),
  reason: 'too large',
});

test('an unreadable batch is within each window that has its first or its latest timestamp', () => {
  fc.assert(
    fc.property(time, time, windows, (first, latest, list) => {
      const found = list.filter((window) => mayBeWithin(unreadableAt(latest, first), window));
      for (const window of list) {
        if (isWithin(first, window) && first <= latest) expect(found).toContain(window);
        if (isWithin(latest, window)) expect(found).toContain(window);
      }
      if (first === latest) expect(found).toHaveLength(1);
    }),
  );
});

test('a batch whose header may be damaged is within every window', () => {
  fc.assert(
    fc.property(time, windows, (timestamp, list) => {
      expect(list.filter((window) => mayBeWithin(unreadableAt(timestamp, undefined), window))).toEqual(list);
    }),
  );
});

interface Handled {
  readonly offsets: string[];
  readonly committed: string[];
  leftOut: number;
}

async function handle(timestamps: readonly number[], window: { since?: number; until?: number }, active = true) {
  const handled: Handled = { offsets: [], committed: [], leftOut: 0 };
  const batch: FetchedBatch = {
    topic: 't',
    partition: 0,
    records: timestamps.map((timestamp, offset) => ({
      topic: 't',
      partition: 0,
      offset: String(offset),
      timestamp,
      key: null,
      value: null,
      headers: {},
    })),
    highWatermark: String(timestamps.length),
    heartbeat: async () => undefined,
    commit: async (offset) => void handled.committed.push(offset),
    isActive: () => active,
  };
  const inner = async ({ records, commit }: FetchedBatch) => {
    handled.offsets.push(...records.map(({ offset }) => offset));
    if (active) await commit(records.at(-1)?.offset ?? '');
  };
  await withinWindow({ since: window.since, until: window.until }, inner, (records) => {
    handled.leftOut += records;
  })(batch);
  return handled;
}

test('records are selected by their own timestamps, in whatever order these are', async () => {
  const window = { since: 10, until: 20 };
  expect(await handle([15, 25, 5, 19, 20, 10, 9], window)).toEqual({
    offsets: ['0', '3', '5'],
    committed: ['5', '6'],
    leftOut: 4,
  });
});

test('a batch without a record of the window is committed', async () => {
  expect(await handle([1, 2], { since: 10 })).toEqual({ offsets: [], committed: ['1'], leftOut: 2 });
});

test('a batch that ends with a record of the window is committed once', async () => {
  expect(await handle([1, 12], { since: 10 })).toEqual({ offsets: ['1'], committed: ['1'], leftOut: 1 });
});

test('nothing is committed of a batch that was abandoned', async () => {
  expect(await handle([12, 1], { since: 10 }, false)).toMatchObject({ offsets: ['0'], committed: [] });
});
