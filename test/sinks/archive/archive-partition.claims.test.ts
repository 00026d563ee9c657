import { expect, test } from '@jest/globals';
import { createMetrics } from '../../../src/metrics.ts';
import { archivePartition } from '../../../src/sinks/archive/archive-partition.ts';
import { BufferBudget } from '../../../src/sinks/archive/buffer-budget.ts';
import type { ObjectStore } from '../../../src/sinks/archive/object-store.ts';

/** A partition of the archive on a bucket that accepts everything. */
function partitionWith(note: string, objectBytes: number, topicId?: string, now = () => 0) {
  const keys: string[] = [];
  const commits: bigint[] = [];
  const notes: string[] = [];
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
      async commit(next, text) {
        commits.push(next);
        notes.push(text);
      },
    },
    {
      settings: { prefix: 'archive', objectBytes, objectAgeMs: 60_000 },
      store,
      budget: new BufferBudget(1_000_000),
      metrics: createMetrics(),
      now,
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
  return { accumulator, keys, commits, notes, record };
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

test('the age of an object continues when its partition gets another owner', async () => {
  let now = 1_000;
  const before = partitionWith('', 1_000_000, 'AAAAAAAAAAAAAAAAAAAAAA', () => now);
  await before.accumulator.take([before.record(0)]);
  now += 500;
  await before.accumulator.settle();
  await before.accumulator.settle();
  expect({ keys: before.keys, notes: before.notes }).toEqual({ keys: [], notes: ['open 1000 archived'] });
  before.accumulator.abandon();

  now = 50_000;
  const [note = ''] = before.notes;
  const after = partitionWith(note, 1_000_000, 'AAAAAAAAAAAAAAAAAAAAAA', () => now);
  await after.accumulator.take([after.record(0), after.record(1)]);
  await after.accumulator.settle();
  expect({ keys: after.keys, notes: after.notes }).toEqual({ keys: [], notes: ['open 1000 archived'] });
  now = 61_000;
  await after.accumulator.settle();
  expect(after.keys).toHaveLength(1);
  expect(after.notes.slice(1)).toEqual(['object 0-1 archived', 'archived']);

  await after.accumulator.take([after.record(2)]);
  now += 59_999;
  await after.accumulator.settle();
  expect(after.keys).toHaveLength(1);
});

test('an object that was opened long ago is completed with all records of a batch', async () => {
  const { accumulator, keys, record } = partitionWith('open 5', 1_000_000, undefined, () => 1_000_000);
  await accumulator.take([record(0), record(1), record(2)]);
  expect(keys).toEqual([expect.stringMatching(/\/0-2\.avro$/)]);
});

test('an opening in the future, which another clock noted, starts the age', async () => {
  let now = 1_000;
  const { accumulator, keys, record } = partitionWith('open 9000000', 1_000_000, undefined, () => now);
  await accumulator.take([record(0)]);
  now += 60_000;
  await accumulator.settle();
  expect(keys).toHaveLength(1);
});

test('the note of a claim stays until its object is written', async () => {
  const { accumulator, notes, keys, record } = partitionWith('object 0-2 archived', 1_000_000, undefined);
  await accumulator.take([record(0), record(1)]);
  await accumulator.settle();
  expect(notes).toEqual([]);
  await accumulator.take([record(2)]);
  expect(keys).toHaveLength(1);
});
