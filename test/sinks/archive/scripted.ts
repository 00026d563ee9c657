import { setImmediate } from 'node:timers/promises';
import { createMetrics } from '../../../src/metrics.ts';
import type { FetchedRecord } from '../../../src/record.ts';
import { PartitionLost } from '../../../src/record.ts';
import type { Accumulator, ReadRecord } from '../../../src/runtime/sink.ts';
import { type ArchiveSettings, gatherPartition } from '../../../src/sinks/archive/archive-partition.ts';
import { Budget } from '../../../src/sinks/archive/buffer-budget.ts';
import type { ObjectStore } from '../../../src/sinks/archive/object-store.ts';

/** What one call to the world does instead of working. */
export type Fault = 'fails' | 'works but fails' | 'dies before' | 'dies after' | 'freezes';

/** One life of the consumer that has the partition. */
export interface Life {
  readonly objectBytes: number;
  readonly objectAgeMs: number;
  readonly bufferBytes: number;
  /** Sizes of the batches it is given. */
  readonly batches: readonly number[];
  /** Milliseconds that pass after each batch. */
  readonly pausesMs: readonly number[];
  /** What its calls to the world do, in order; the rest work. */
  readonly faults: readonly (Fault | undefined)[];
  /** What happens to the group before this life. */
  readonly offsets: 'kept' | 'lost' | { readonly backTo: number };
}

/** The consumer died, or the world forgot it. */
class Dead extends Error {}

const METRICS = createMetrics();
const TOPIC = 'ml.events';
const PARTITION = 3;

/** A topic of one partition, its group and a bucket, all in memory, with faults by script. */
export class ScriptedWorld {
  readonly objects = new Map<string, Buffer>();
  /** Objects that were put again with other bytes. */
  readonly changed: string[] = [];
  readonly #log: readonly ReadRecord[];
  readonly #frozen: (() => void)[] = [];
  #committed: { next: bigint; note: string } = { next: 0n, note: '' };
  #generation = 0;
  #now = 0;

  constructor(log: readonly FetchedRecord[]) {
    this.#log = log.map((source) => ({ source, content: undefined }));
  }

  /** Lives one life up to the end of the log or its death. */
  async live(life: Life): Promise<void> {
    this.#generation += 1;
    if (life.offsets !== 'kept') {
      // While a consumer of old is still writing, what it claimed must not be forgotten: see docs/archive.md.
      await this.thaw();
      const back = life.offsets === 'lost' ? 0 : life.offsets.backTo;
      this.#committed = { next: BigInt(Math.min(back, Number(this.#committed.next))), note: '' };
    }
    const dying = Promise.withResolvers<never>();
    dying.promise.catch(() => undefined);
    const gathering = this.#begin(life, this.#generation, dying.reject);
    try {
      await Promise.race([this.#feed(life, gathering), dying.promise]);
    } catch (error) {
      if (!(error instanceof Dead)) throw error;
    }
  }

  /** Lets what was frozen go on: its calls reach the world at last. */
  async thaw(): Promise<void> {
    for (const resume of this.#frozen.splice(0)) resume();
    await setImmediate();
  }

  async #feed(life: Life, gathering: Accumulator): Promise<void> {
    let at = Number(this.#committed.next);
    for (let turn = 0; at < this.#log.length; turn += 1) {
      const size = life.batches[turn % life.batches.length] ?? 1;
      const records = this.#log.slice(at, at + size);
      await untilDone(() => gathering.take(records));
      at += size;
      this.#now += life.pausesMs[turn % life.pausesMs.length] ?? 0;
      await untilDone(() => gathering.settle());
    }
    this.#now += life.objectAgeMs;
    await untilDone(() => gathering.settle());
  }

  #begin(life: Life, generation: number, die: (error: Error) => void): Accumulator {
    let calls = 0;
    const call = async <T>(work: () => T): Promise<T> => {
      const fault = life.faults[calls];
      calls += 1;
      if (fault === 'fails') throw new Error('the world is away');
      if (fault === 'dies before') throw new Dead();
      if (fault === 'freezes') {
        const thawed = Promise.withResolvers<void>();
        this.#frozen.push(thawed.resolve);
        die(new Dead());
        await thawed.promise;
        return work();
      }
      const result = work();
      if (fault === 'works but fails') throw new Error('the answer is lost');
      if (fault === 'dies after') throw new Dead();
      return result;
    };
    const commit = (next: bigint, note: string) =>
      call(() => {
        if (generation !== this.#generation) throw new PartitionLost('another generation');
        this.#committed = { next, note };
      });
    return gatherPartition(
      { topic: TOPIC, partition: PARTITION, note: this.#committed.note, commit },
      {
        settings: { ...life, prefix: 'archive' } satisfies ArchiveSettings,
        store: this.#store(call),
        budget: new Budget(life.bufferBytes),
        metrics: METRICS,
        now: () => this.#now,
      },
    );
  }

  #store(call: <T>(work: () => T) => Promise<T>): ObjectStore {
    const { objects, changed } = this;
    return {
      isThere: async () => true,
      put: (key, body) =>
        call(() => {
          if (objects.get(key)?.equals(body) === false) changed.push(key);
          objects.set(key, body);
        }),
      get: (key) => call(() => objects.get(key)),
      remove: (key) => call(() => void objects.delete(key)),
      async *list(prefix, after = '') {
        const keys = await call(() => [...objects.keys()].filter((key) => key.startsWith(prefix) && key > after));
        yield* keys.sort();
      },
      close: () => undefined,
    };
  }
}

/** As the loop does: again, with the same records, until it works or the consumer is dead. */
async function untilDone(work: () => Promise<void>): Promise<void> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (error instanceof Dead || error instanceof PartitionLost) throw new Dead();
    }
  }
}
