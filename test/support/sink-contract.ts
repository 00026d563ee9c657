import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { ReadRecord } from '../../src/runtime/sink.ts';
import type { Rejected } from '../../src/runtime/stage.ts';
import type { Cuttable } from './cuttable.ts';

/** One process with the sink open: connections and caches of its own. */
export interface SinkProcess {
  /** Delivers a batch as the loop would; resolves when the sink has stored it. */
  write(records: readonly ReadRecord[]): Promise<readonly Rejected[]>;
  close(): Promise<void>;
}

/** A sink, as the contract suite examines it. */
export interface SinkHarness {
  /** Records the sink stores, of a few partitions, in the order of their offsets. */
  readonly records: readonly ReadRecord[];
  /** Records the sink rejects, each with its code; none for a sink that stores every record. */
  readonly bad: readonly { readonly record: ReadRecord; readonly code: string }[];
  /**
   * `any`: the records of a batch may be any, in any order. `by offset`: a batch holds consecutive records of a partition,
   * as Kafka delivers them; batches may overlap and come in any order.
   */
  readonly order: 'any' | 'by offset';
  /** The connection between the processes and the system they store to. */
  readonly connection: Cuttable;
  open(): Promise<SinkProcess>;
  /** Everything stored, in an order of its own. */
  content(): Promise<unknown>;
  /** Removes everything stored, and what processes have committed. */
  empty(): Promise<void>;
  close(): Promise<void>;
}

/** Cuts a set of records into batches: every record is in one of them at least. */
function deliveriesOf({ records, order }: SinkHarness): fc.Arbitrary<readonly (readonly ReadRecord[])[]> {
  if (order === 'any') {
    return fc
      .tuple(
        fc.shuffledSubarray([...records], { minLength: records.length }),
        fc.array(fc.constantFrom(...records), { maxLength: records.length }),
        fc.array(fc.nat(records.length), { maxLength: 4 }),
      )
      .map(([once, again, cuts]) => cut([...once, ...again], cuts));
  }
  const partitions = [...Map.groupBy(records, ({ source }) => source.partition).values()];
  return fc
    .tuple(
      ...partitions.map((list) =>
        fc
          .tuple(fc.array(fc.nat(list.length), { maxLength: 4 }), fc.nat(3))
          .map(([cuts, overlap]) => cut(list, cuts, overlap)),
      ),
    )
    .chain((lists) => fc.shuffledSubarray(lists.flat(), { minLength: lists.flat().length }));
}

function cut<T>(list: readonly T[], cuts: readonly number[], overlap = 0): readonly (readonly T[])[] {
  const bounds = [0, ...cuts.toSorted((a, b) => a - b), list.length];
  return bounds
    .slice(1)
    .map((end, index) => list.slice(Math.max(0, (bounds[index] ?? 0) - overlap), end))
    .filter((batch) => batch.length > 0);
}

/**
 * The contract of every sink, on the real system it stores to: the same records twice, in any order, cut anywhere, by several
 * processes, make the same content; it throws when its dependency fails and returns the records it rejects.
 */
export function describeSinkContract(name: string, createHarness: () => Promise<SinkHarness>, numRuns = 25): void {
  describe(`the sink ${name}`, () => {
    let harness: SinkHarness;
    let processes: readonly SinkProcess[];
    /** Everything stored after one delivery of all records. */
    let content: unknown;

    const write = async (batch: readonly ReadRecord[], process = 0) =>
      expect(await processes[process % processes.length]?.write(batch)).toEqual([]);
    const partitions = () => [...Map.groupBy(harness.records, ({ source }) => source.partition).values()];

    beforeAll(async () => {
      harness = await createHarness();
      processes = [await harness.open(), await harness.open()];
      await harness.empty();
      for (const list of partitions()) await write(list);
      content = await harness.content();
    });
    beforeEach(() => harness.empty());
    afterAll(async () => {
      for (const process of processes) await process.close();
      await harness.close();
    });

    test('stores the same content when the same records are delivered twice', async () => {
      for (const list of [...partitions(), ...partitions()]) await write(list);
      expect(await harness.content()).toEqual(content);
    });

    test('stores the same content for any order and any cut of the records, by several processes', async () => {
      await fc.assert(
        fc.asyncProperty(deliveriesOf(harness), fc.nat(1), async (batches, first) => {
          await harness.empty();
          for (const [index, batch] of batches.entries()) await write(batch, first + index);
          expect(await harness.content()).toEqual(content);
        }),
        { numRuns },
      );
    });

    test('stores the same content when a process is replaced between two batches', async () => {
      for (const list of partitions()) {
        const half = list.length >> 1;
        const before = await harness.open();
        expect(await before.write(list.slice(0, half))).toEqual([]);
        await before.close();
        await write(list.slice(half));
      }
      expect(await harness.content()).toEqual(content);
    });

    test('throws while its dependency is unavailable, and stores the batch once that is back', async () => {
      const [first = [], ...others] = partitions();
      harness.connection.cut();
      try {
        await expect(processes[0]?.write(first)).rejects.toThrow();
        await expect(processes[0]?.write(first)).rejects.toThrow();
      } finally {
        harness.connection.mend();
      }
      for (const list of [first, ...others]) await eventuallyWrites(list);
      expect(await harness.content()).toEqual(content);
    });

    test('returns the records it rejects, and stores those around them', async () => {
      const rejected: Rejected[] = [];
      for (const list of partitions()) {
        const middle = list.length >> 1;
        const bad = harness.bad.filter(({ record }) => record.source.partition === list[0]?.source.partition);
        const batch = list.toSpliced(middle, 0, ...bad.map(({ record }) => record));
        rejected.push(...((await processes[0]?.write(batch)) ?? []));
      }
      expect(rejected.map(({ record, code }) => ({ record, code }))).toEqual(
        harness.bad.map(({ record, code }) => ({ record: record.source, code })),
      );
      expect(await harness.content()).toEqual(content);
    });

    /** A connection that broke may be met once more after the dependency is back. */
    async function eventuallyWrites(batch: readonly ReadRecord[]): Promise<void> {
      await processes[0]?.write(batch).catch(() => undefined);
      await write(batch);
    }
  });
}
