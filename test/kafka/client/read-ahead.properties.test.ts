import { setImmediate } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createReadAhead, type Fetched, type ReadAhead } from '../../../src/kafka/client/read-ahead.ts';

/** The batch of offsets `first` to `last` of a partition with `end` records, and where the next fetch would start. */
function fetched(first: number, last: number, end: number, partition = 0) {
  const positions: string[] = [];
  const messages = Array.from({ length: last - first + 1 }, (_, index) => ({ offset: String(first + index) }));
  const batch = { topic: 't', partition, highWatermark: String(end), messages, lastOffset: () => String(last) };
  const payload: Fetched = { batch, resolveOffset: (offset) => void positions.push(offset) };
  return { ...payload, positions };
}

/** The fate of one record: it is handled, or the batch ends there, or the group rebalances after it. */
type Fate = 'handle' | 'return' | 'throw' | 'rebalance';

const fate: fc.Arbitrary<Fate> = fc.oneof(
  { weight: 12, arbitrary: fc.constant<Fate>('handle') },
  { weight: 1, arbitrary: fc.constantFrom<Fate>('return', 'throw', 'rebalance') },
);

/** kafkajs' loop, on partitions of `ends` records: fetches of `size` records each, all handled before the next. */
class Fleet {
  readonly handled: number[][];
  readonly #positions: number[];
  readonly #committed: number[];
  readonly #busy = new Set<number>();
  readonly #readAhead: ReadAhead;
  readonly #ends: readonly number[];
  readonly #fates: Iterator<Fate>;
  generation = 0;
  mostInHand = 0;

  constructor(ends: readonly number[], concurrency: number, fates: Iterator<Fate>) {
    this.#ends = ends;
    this.#fates = fates;
    this.handled = ends.map(() => []);
    this.#positions = ends.map(() => 0);
    this.#committed = ends.map(() => 0);
    this.#readAhead = createReadAhead(concurrency);
  }

  async run(size: number): Promise<void> {
    for (;;) {
      const behind = this.#ends.flatMap((end, partition) =>
        (this.#positions[partition] ?? 0) < end ? [partition] : [],
      );
      if (behind.length === 0) break;
      const { generation } = this;
      const results = await Promise.allSettled(behind.map((partition) => this.#take(partition, size, generation)));
      if (generation === this.generation && results.every(({ status }) => status === 'fulfilled')) continue;
      await this.#readAhead.drain();
      if (generation !== this.generation) this.#positions.splice(0, this.#positions.length, ...this.#committed);
    }
    await this.#readAhead.drain();
  }

  #take(partition: number, size: number, generation: number): Promise<void> {
    const [first, end] = [this.#positions[partition] ?? 0, this.#ends[partition] ?? 0];
    const last = Math.min(first + size, end) - 1;
    const isOurs = () => generation === this.generation;
    const { batch } = fetched(first, last, end, partition);
    const resolveOffset = (offset: string) => {
      this.#positions[partition] = Number(offset) + 1;
    };
    return this.#readAhead.handle({ batch, resolveOffset }, isOurs, (reach) =>
      this.#handle(partition, first, last, isOurs, reach),
    );
  }

  async #handle(
    partition: number,
    first: number,
    last: number,
    isOurs: () => boolean,
    reach: (offset: string) => void,
  ): Promise<void> {
    expect(this.#busy.has(partition)).toBe(false);
    this.#busy.add(partition);
    this.mostInHand = Math.max(this.mostInHand, this.#busy.size);
    try {
      for (let offset = first; offset <= last && isOurs(); offset += 1) {
        if (offset % 2 === 0) await setImmediate();
        const next: Fate = this.#fates.next().value ?? 'handle';
        if (next === 'return') return;
        if (next === 'throw') throw new Error('left');
        if (!isOurs()) return;
        this.handled[partition]?.push(offset);
        this.#committed[partition] = offset + 1;
        reach(String(offset));
        if (next === 'rebalance') this.generation += 1;
      }
    } finally {
      this.#busy.delete(partition);
    }
  }
}

test('every record is handled once and in the order of its partition, whatever fails', async () => {
  const ends = fc.array(fc.integer({ min: 0, max: 30 }), { minLength: 1, maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(
      ends,
      fc.integer({ min: 1, max: 8 }),
      fc.integer({ min: 1, max: 4 }),
      fc.array(fate),
      async (...given) => {
        const [lengths, size, concurrency, fates] = given;
        const fleet = new Fleet(lengths, concurrency, fates[Symbol.iterator]());
        await fleet.run(size);
        expect(fleet.handled).toEqual(lengths.map((length) => Array.from({ length }, (_, offset) => offset)));
        expect(fleet.mostInHand).toBeLessThanOrEqual(concurrency);
      },
    ),
  );
});
