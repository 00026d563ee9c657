import type { Lag } from '../kafka/admin/lag.ts';
import { partitionKey } from '../record.ts';

/** Waiting partitions that the readiness of a consumer names. */
const MAX_NAMED = 5;

interface Observed {
  /** The next offset to commit or, when commits are held back, to take; decimal text. */
  readonly next: string;
  /** The time since which it has been at that offset with records to read, epoch milliseconds. */
  readonly since: number;
}

/** The state of one consumer, from which its health is derived. */
export class ConsumerStatus {
  readonly #waiting = new Map<string, string>();
  readonly #onWaiting: (partitions: number) => void;
  /** The next offset to take, of partitions whose commits are held back until many records are stored together. */
  readonly taken = new Map<string, bigint>();
  readonly #observed = new Map<string, Observed>();
  #assigned: ReadonlySet<string> | undefined;
  #crash: string | undefined;

  readonly #onAssigned: (partitions: number) => void;

  /** Each is called with a number of partitions whenever it may have changed: those that wait, those of this process. */
  constructor(
    onWaiting: (partitions: number) => void = () => undefined,
    onAssigned: (partitions: number) => void = () => undefined,
  ) {
    this.#onWaiting = onWaiting;
    this.#onAssigned = onAssigned;
    onWaiting(0);
    onAssigned(0);
  }

  /** Marks a partition as waiting, with the cause. */
  waits(key: string, cause: string): void {
    this.#waiting.set(key, cause);
    this.#onWaiting(this.#waiting.size);
  }

  /** Clears the partition's waiting state: its records are being handled again, or it was reassigned. */
  resumes(key: string): void {
    if (this.#waiting.delete(key)) this.#onWaiting(this.#waiting.size);
  }

  /** Records the partitions the group assigned to this process; undefined while it is not a member of the group. */
  assign(partitions: Readonly<Record<string, readonly number[]>> | undefined): void {
    this.#assigned =
      partitions &&
      new Set(
        Object.entries(partitions).flatMap(([topic, list]) => list.map((partition) => partitionKey(topic, partition))),
      );
    if (partitions !== undefined) this.#crash = undefined;
    this.#observed.clear();
    this.taken.clear();
    this.#waiting.clear();
    this.#onWaiting(0);
    this.#onAssigned(this.#assigned?.size ?? 0);
  }

  /** Records why the consumer is not a member of the group, until partitions are assigned to it. */
  crashed(cause: string): void {
    this.#crash = cause;
  }

  /** Whether the group assigned the partition to this process. */
  owns(key: string): boolean {
    return this.#assigned?.has(key) === true;
  }

  /** Records the group's lag. From now on, an owned partition with records and without progress counts as stalling. */
  observe(lags: readonly Lag[], now: number): void {
    for (const { topic, partition, committed, end, lag } of lags) {
      const key = partitionKey(topic, partition);
      const taken = this.taken.get(key);
      const next = taken === undefined ? committed : String(taken);
      const left = taken === undefined ? lag : Number(BigInt(end) - taken);
      if (left <= 0 || !this.owns(key)) this.#observed.delete(key);
      else if (this.#observed.get(key)?.next !== next) this.#observed.set(key, { next, since: now });
    }
  }

  /** The time since when an owned partition with records has not moved, epoch milliseconds; undefined while it moves. */
  stillSince(key: string): number | undefined {
    return this.#observed.get(key)?.since;
  }

  /** The cause for which the first of the waiting partitions waits; undefined when none does. */
  get cause(): string | undefined {
    return this.#waiting.values().next().value;
  }

  /** The reason why records are not handled at present although the process is well; undefined when they are. */
  notReady(): string | undefined {
    if (this.#assigned === undefined) {
      return `has not joined its consumer group${this.#crash === undefined ? '' : `: ${this.#crash}`}`;
    }
    if (this.#waiting.size === 0) return undefined;
    const named = [...this.#waiting].slice(0, MAX_NAMED).map(([key, cause]) => `${key} waits: ${cause}`);
    const others = this.#waiting.size - named.length;
    return `${named.join('; ')}${others === 0 ? '' : `; and ${others} more partitions wait`}`;
  }

  /**
   * A consumer is alive while it makes progress: a partition that has records, has not moved for `stalledMs` and waits for
   * nothing reveals a consumer that only looks healthy.
   */
  stalled(now: number, stalledMs: number): string | undefined {
    for (const [key, { since, next }] of this.#observed) {
      if (now - since >= stalledMs && !this.#waiting.has(key)) {
        return `${key} has records from offset ${next} on and has not moved for ${Math.round((now - since) / 1_000)} s`;
      }
    }
    return undefined;
  }
}
