import { expect, test } from '@jest/globals';
import { createMetrics } from '../../../src/metrics.ts';
import { archivePartition } from '../../../src/sinks/archive/archive-partition.ts';
import { BufferBudget } from '../../../src/sinks/archive/buffer-budget.ts';
import type { ObjectStore } from '../../../src/sinks/archive/object-store.ts';

/** A partition of the archive on a bucket that accepts everything. */
function partitionWith(note: string, objectBytes: number, topicId?: string) {
  const keys: string[] = [];
  const commits: bigint[] = [];
  const store: ObjectStore = {
    problem: async () => undefined,
    put: async (key) => void keys.push(key),
    get: async () => undefined,
    getRange: async () => Buffer.alloc(0),
    remove: async () => undefined,
    async *list() {},
    close: () => undefined,
  };
  const accumulator = archivePartition(
    {
      topic: 'ml.events',
      topicId,
      partition: 0,
      note,
      commit: async (next) => void commits.push(next),
    },
    {
      settings: { prefix: 'archive', objectBytes, objectAgeMs: 60_000 },
      store,
      budget: new BufferBudget(1_000_000),
      metrics: createMetrics(),
      now: () => 0,
    },
  );
  const record = (offset: number) => ({
    content: undefined,
    source: {
      topic: 'ml.events',
      partition: 0,
      offset: String(offset),
      timestamp: 0,
      key: null,
      headers: {},
      value: Buffer.from('x'),
    },
  });
  return { accumulator, keys, commits, record };
}

test('a claim of later offsets, which a deleted topic left, does not suspend the size of objects', async () => {
  const { accumulator, keys, record } = partitionWith('object 1000-999999 archived', 100);
  for (let offset = 0; offset < 50; offset += 1) await accumulator.take([record(offset)]);
  expect(keys.length).toBeGreaterThan(0);
});

test('records before an unreadable batch are archived before its offsets are committed', async () => {
  const { accumulator, keys, commits, record } = partitionWith('', 1_000_000, 'AAAAAAAAAAAAAAAAAAAAAA');
  await accumulator.take([record(0), record(1)]);
  expect({ keys: keys.length, commits }).toEqual({ keys: 0, commits: [] });
  await accumulator.skip(5n);
  // The claim of the object, the object, and the offset after it; then the skipped batch.
  expect(keys).toHaveLength(1);
  expect(commits).toEqual([0n, 2n, 5n]);
  await accumulator.take([record(5)]);
  await accumulator.skip(9n);
  expect(keys).toHaveLength(2);
  expect(commits.slice(3)).toEqual([5n, 6n, 9n]);
  await accumulator.skip(12n);
  expect(commits.slice(6)).toEqual([12n]);
});
