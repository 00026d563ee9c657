import type { Lag } from '../kafka/admin/lag.ts';

/** `topic/partition`, the key of what is known of one partition. */
export const partitionKey = (topic: string, partition: number): string => `${topic}/${partition}`;

interface Position {
  /** The next offset to commit or, where commits are held back, to take in; decimal text. */
  readonly next: string;
  /** Since when it has been there with records to read, epoch milliseconds. */
  readonly since: number;
}

/** What one consumer of a stage knows of itself; the source of its health. */
export class StageStatus {
  readonly #waiting = new Map<string, string>();
  readonly #onWaiting: (partitions: number) => void;
  /** The next offset to take in, of partitions whose commits are held back until many records are at rest together. */
  readonly taken = new Map<string, bigint>();
  readonly #positions = new Map<string, Position>();
  #assigned: ReadonlySet<string> | undefined;

  /** @param onWaiting told how many partitions wait for the world, whenever that may have changed. */
  constructor(onWaiting: (partitions: number) => void = () => undefined) {
    this.#onWaiting = onWaiting;
    onWaiting(0);
  }

  /** The records of a partition wait for the world, for this cause. */
  waits(key: string, cause: string): void {
    this.#waiting.set(key, cause);
    this.#onWaiting(this.#waiting.size);
  }

  /** They do not, or it is no more for us to tell. */
  resumes(key: string): void {
    if (this.#waiting.delete(key)) this.#onWaiting(this.#waiting.size);
  }

  /** The partitions the group gave us; undefined while we are not in the group. */
  assign(partitions: Readonly<Record<string, readonly number[]>> | undefined): void {
    this.#assigned =
      partitions &&
      new Set(
        Object.entries(partitions).flatMap(([topic, list]) => list.map((partition) => partitionKey(topic, partition))),
      );
    this.#positions.clear();
    this.taken.clear();
    this.#waiting.clear();
    this.#onWaiting(0);
  }

  /** Whether the group gave us a partition. */
  owns(key: string): boolean {
    return this.#assigned?.has(key) === true;
  }

  /** Takes in where the group stands. A partition of ours that has records and does not move is counted from here on. */
  observe(lags: readonly Lag[], now: number): void {
    for (const { topic, partition, committed, end, lag } of lags) {
      const key = partitionKey(topic, partition);
      const taken = this.taken.get(key);
      const next = taken === undefined ? committed : String(taken);
      const left = taken === undefined ? lag : Number(BigInt(end) - taken);
      if (left <= 0 || !this.owns(key)) this.#positions.delete(key);
      else if (this.#positions.get(key)?.next !== next) this.#positions.set(key, { next, since: now });
    }
  }

  /** What the first of the waiting partitions waits for; undefined when none does. */
  get cause(): string | undefined {
    return this.#waiting.values().next().value;
  }

  /** Why records are not handled for now although the process is well; undefined when they are. */
  notReady(): string | undefined {
    if (this.#assigned === undefined) return 'has not joined its consumer group';
    const [first] = this.#waiting;
    return first === undefined ? undefined : `${first[0]} waits: ${first[1]}`;
  }

  /**
   * Alive means progress: a partition with records that has not moved for `stalledMs`, and does not wait for the world
   * either, is a consumer that looks healthy and is not.
   */
  stalled(now: number, stalledMs: number): string | undefined {
    for (const [key, { since, next }] of this.#positions) {
      if (now - since >= stalledMs && !this.#waiting.has(key)) {
        return `${key} has records from offset ${next} on and has not moved for ${Math.round((now - since) / 1_000)} s`;
      }
    }
    return undefined;
  }
}
