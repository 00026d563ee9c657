import { createMetrics } from '../../../src/metrics.ts';
import type { FetchedRecord } from '../../../src/record.ts';
import { PartitionLost } from '../../../src/record.ts';
import type { Accumulator, ReadRecord } from '../../../src/runtime/sink.ts';
import { type ArchiveSettings, archivePartition } from '../../../src/sinks/archive/archive-partition.ts';
import { BufferBudget } from '../../../src/sinks/archive/buffer-budget.ts';
import type { ObjectStore } from '../../../src/sinks/archive/object-store.ts';

/** The behaviour of one call to the bucket or the group, instead of succeeding. */
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
  /** The faults of its calls, in order; all further calls succeed. */
  readonly faults: readonly (Fault | undefined)[];
  /** The fate of the group's position before this life. */
  readonly offsets: 'kept' | 'lost' | { readonly backTo: number };
}

/** The consumer died, or lost its partition. */
class Dead extends Error {}

const METRICS = createMetrics();
const TOPIC = 'ml.events';
const PARTITION = 3;

/** A topic of one partition, its group and a bucket, all in memory, with faults by script. */
export class ScriptedWorld {
  readonly objects = new Map<string, Buffer>();
  /** Objects that were put again with other bytes. */
  readonly changed: string[] = [];
  #log: readonly ReadRecord[];
  #topicId: string | undefined;
  readonly #frozen: (() => void)[] = [];
  /** The work of every life so far, that of frozen ones too. */
  readonly #ghosts: Promise<void>[] = [];
  #thawing = false;
  #committed: { next: bigint; note: string } = { next: 0n, note: '' };
  #generation = 0;
  #now = 0;

  /** @param topicId undefined for a broker without topic ids, or a consumer of a version that did not use them. */
  constructor(log: readonly FetchedRecord[], topicId: string | undefined) {
    this.#log = log.map((source) => ({ source, content: undefined }));
    this.#topicId = topicId;
  }

  /** From now on the consumer knows the id of the topic. */
  async identify(topicId: string): Promise<void> {
    this.#generation += 1;
    await this.thaw();
    this.#topicId = topicId;
  }

  /** Deletes the topic and creates it again with other records. Its consumer starts at the beginning, without a note. */
  recreate(log: readonly FetchedRecord[], topicId: string | undefined): void {
    this.#log = log.map((source) => ({ source, content: undefined }));
    this.#topicId = topicId;
    this.#committed = { next: 0n, note: '' };
    this.#generation += 1;
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
    const feeding = this.#feed(life, gathering);
    this.#ghosts.push(feeding.catch(() => undefined));
    try {
      await Promise.race([feeding, dying.promise]);
    } catch (error) {
      if (!(error instanceof Dead)) throw error;
    }
  }

  /** One attempt to archive the whole log; rejects with the error of the first call that fails. */
  async tryOnce(life: Life): Promise<void> {
    this.#generation += 1;
    const gathering = this.#begin(life, this.#generation, () => undefined);
    await gathering.take(this.#log);
    this.#now += life.objectAgeMs;
    await gathering.settle();
  }

  /** Lets consumers that were frozen go on, until each has finished or has lost its partition. */
  async thaw(): Promise<void> {
    this.#thawing = true;
    for (const resume of this.#frozen.splice(0)) resume();
    await Promise.all(this.#ghosts.splice(0));
    this.#thawing = false;
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
      if (fault === 'fails') throw new Error('the bucket is unavailable');
      if (fault === 'dies before') throw new Dead();
      if (fault === 'freezes' && !this.#thawing) {
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
    return archivePartition(
      { topic: TOPIC, topicId: this.#topicId, partition: PARTITION, note: this.#committed.note, commit },
      {
        settings: { ...life, prefix: 'archive' } satisfies ArchiveSettings,
        store: this.#store(call),
        budget: new BufferBudget(life.bufferBytes),
        metrics: METRICS,
        now: () => this.#now,
      },
    );
  }

  #store(call: <T>(work: () => T) => Promise<T>): ObjectStore {
    const { objects, changed } = this;
    return {
      problem: async () => undefined,
      put: (key, body) =>
        call(() => {
          if (objects.get(key)?.equals(body) === false) changed.push(key);
          objects.set(key, body);
        }),
      get: (key) => call(() => objects.get(key)),
      getRange: (key, start, end) => call(() => (objects.get(key) ?? Buffer.alloc(0)).subarray(start, end)),
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
