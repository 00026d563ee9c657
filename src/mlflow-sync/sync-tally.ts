import type { Difference } from './difference.ts';

const MAX_KEPT = 1_000;

/** Counts of a sync so far. */
export class SyncTally {
  /** Trials, and runs with a run of MLflow of their own. */
  compared = 0;
  /** Those that need no run in MLflow, or whose run a person deleted. */
  leftOut = 0;
  readonly #differences: Difference[] = [];
  differenceCount = 0;
  /** Differences that no write can remove. */
  lastingCount = 0;

  add(differences: readonly Difference[]): void {
    for (const difference of differences) {
      this.differenceCount += 1;
      if (!difference.canRepair) this.lastingCount += 1;
      if (this.#differences.length < MAX_KEPT) this.#differences.push(difference);
    }
  }

  /** The first differences. */
  get differences(): readonly Difference[] {
    return this.#differences;
  }
}
