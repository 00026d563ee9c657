import type { PostAnswer } from '../../../src/fleet/poster.ts';

/** The answers that a fleet gets over time. */
export class Refusals {
  /** Requests by the status of their answer, or the cause of there being none. */
  readonly counts = new Map<string, number>();
  #first: number | undefined;
  #last = 0;

  /** Counts an answer; to be passed to `startLoad`. */
  readonly note = (answer: PostAnswer): void => {
    const status = answer.kind === 'answered' ? String(answer.status) : answer.cause;
    this.counts.set(status, (this.counts.get(status) ?? 0) + 1);
    if (status === '202' || status === '207' || status === '422') return;
    this.#last = performance.now();
    this.#first ??= this.#last;
  };

  /** The time from the first to the last request that was refused or not answered, in milliseconds. */
  get spanMs(): number {
    return this.#first === undefined ? 0 : this.#last - this.#first;
  }

  /** Answers 503. */
  get refused(): number {
    return this.counts.get('503') ?? 0;
  }

  toString(): string {
    const counts = [...this.counts].map(([status, count]) => `${count} ${status}`);
    return `${counts.join(', ')}; refused for ${(this.spanMs / 1_000).toFixed(1)} s`;
  }
}
