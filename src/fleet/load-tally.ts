import { Latencies } from './latencies.ts';
import type { PostAnswer } from './poster.ts';

/** The counts of a load on a gateway, up to now. */
export class LoadTally {
  readonly startedAtMs = performance.now();
  /**
   * Time to answer of each answered request. At a fixed rate it counts from the moment the request was due, so that no wait
   * is left out.
   */
  readonly latencies = new Latencies();
  /** Requests by the status of their answer; `no answer` for the others. */
  readonly answers = new Map<string, number>();
  /** Events that were accepted. */
  accepted = 0;
  /** Events that were rejected. */
  rejected = 0;
  /** Events whose last attempt had no answer, or was refused for load to the end. */
  unknown = 0;
  /** Requests that were sent again. */
  retries = 0;
  /** Requests that were not sent, because too many were waiting when they were due. */
  skipped = 0;
  /** Trials of a fleet that have ended. */
  trialsEnded = 0;

  /** Counts one request, which was due at `dueAtMs` on the clock of `performance.now()`. */
  record(answer: PostAnswer, dueAtMs: number): void {
    const label = answer.kind === 'answered' ? String(answer.status) : 'no answer';
    this.answers.set(label, (this.answers.get(label) ?? 0) + 1);
    if (answer.kind === 'answered') this.latencies.record(performance.now() - dueAtMs);
  }

  get requests(): number {
    return [...this.answers.values()].reduce((sum, count) => sum + count, 0);
  }

  get seconds(): number {
    return (performance.now() - this.startedAtMs) / 1_000;
  }

  /** `1234/s` */
  rate(count: number): string {
    return `${(count / this.seconds).toFixed(0)}/s`;
  }
}
