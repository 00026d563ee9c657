/** The limits above which dead letters more likely come from a bad deploy than from bad data. */
export interface BreakerPolicy {
  /** Consecutive rejected records, at most. */
  readonly runLength: number;
  /** Share of rejected records among the recent ones, at most; 1 switches the rule off. */
  readonly ratio: number;
  /** Number of recent records that the ratio covers; it does not apply to fewer than a tenth of them. */
  readonly windowRecords: number;
}

/**
 * Too many records are rejected: nothing more is dead-lettered, and the offset is held until an operator has removed
 * the cause.
 */
export class BreakerOpen extends Error {
  override readonly name = 'BreakerOpen';
}

interface Chunk {
  readonly records: number;
  readonly rejected: number;
}

/**
 * Stops a consumer that rejects nearly everything, so that a bad deploy costs minutes of delay instead of a topic full of
 * dead letters. It judges before the dead letters of a chunk are written; a chunk that passes counts from then on.
 */
export class Breaker {
  readonly #policy: BreakerPolicy;
  #run = 0;
  #window: Chunk[] = [];

  constructor(policy: BreakerPolicy) {
    this.#policy = policy;
  }

  /**
   * Judges one chunk and counts it. Throws {@link BreakerOpen} and counts nothing when the chunk would exceed a limit; the
   * same chunk may be judged again later.
   *
   * @param verdicts for each record of the chunk, in order: whether it was rejected.
   */
  judge(verdicts: readonly boolean[]): void {
    const { run, longest } = runsOf(verdicts, this.#run);
    const rejected = verdicts.filter(Boolean).length;
    if (rejected > 0 && longest >= this.#policy.runLength) {
      throw new BreakerOpen(
        `${longest} consecutive records were rejected; the limit is ${this.#policy.runLength} (BREAKER_RUN_LENGTH)`,
      );
    }
    const window = this.#windowWith({ records: verdicts.length, rejected });
    const all = window.reduce((sum, chunk) => sum + chunk.records, 0);
    const bad = window.reduce((sum, chunk) => sum + chunk.rejected, 0);
    if (rejected > 0 && all >= this.#policy.windowRecords / 10 && bad / all > this.#policy.ratio) {
      throw new BreakerOpen(
        `${bad} of the last ${all} records were rejected; the limit is a share of ${this.#policy.ratio} (BREAKER_RATIO)`,
      );
    }
    this.#run = run;
    this.#window = window;
  }

  #windowWith(chunk: Chunk): Chunk[] {
    const window = [...this.#window, chunk];
    let records = window.reduce((sum, item) => sum + item.records, 0);
    while (window.length > 1 && records - (window[0]?.records ?? 0) >= this.#policy.windowRecords) {
      records -= window.shift()?.records ?? 0;
    }
    return window;
  }
}

/** The run of rejections at the end of the chunk and the longest one in it, both continuing the run `before` it. */
function runsOf(verdicts: readonly boolean[], before: number): { run: number; longest: number } {
  let run = before;
  let longest = before;
  for (const rejected of verdicts) {
    run = rejected ? run + 1 : 0;
    longest = Math.max(longest, run);
  }
  return { run, longest };
}
