/** When a stage has dead-lettered so much that the fault is more likely ours, or the deploy's, than the data's. */
export interface BreakerPolicy {
  /** Records rejected one after the other, at most. */
  readonly runLength: number;
  /** Share of rejected records among the recent ones, at most; 1 switches the rule off. */
  readonly ratio: number;
  /** How many recent records the ratio looks at; below a tenth of it, it is silent. */
  readonly windowRecords: number;
}

/** Too much is rejected: nothing more is dead-lettered, the offset is held, and someone has to look. */
export class BreakerOpen extends Error {
  override readonly name = 'BreakerOpen';
}

interface Chunk {
  readonly records: number;
  readonly rejected: number;
}

/**
 * Stops a stage that rejects nearly everything, so that a bad deploy costs minutes of delay instead of a topic of dead
 * letters. It judges before the dead letters of a chunk are written; a chunk it lets through counts from then on.
 */
export class Breaker {
  readonly #policy: BreakerPolicy;
  #run = 0;
  #window: Chunk[] = [];

  constructor(policy: BreakerPolicy) {
    this.#policy = policy;
  }

  /**
   * Judges one chunk and takes it into account. Throws {@link BreakerOpen}, taking nothing into account, when the chunk
   * would break a limit; the same chunk may be judged again later.
   *
   * @param verdicts for each record of the chunk, in order: was it rejected?
   */
  judge(verdicts: readonly boolean[]): void {
    const { run, longest } = runsOf(verdicts, this.#run);
    const rejected = verdicts.filter(Boolean).length;
    if (rejected > 0 && longest >= this.#policy.runLength) {
      throw new BreakerOpen(
        `${longest} records in a row cannot be processed, ${this.#policy.runLength} are the limit (BREAKER_RUN_LENGTH)`,
      );
    }
    const window = this.#windowWith({ records: verdicts.length, rejected });
    const all = window.reduce((sum, chunk) => sum + chunk.records, 0);
    const bad = window.reduce((sum, chunk) => sum + chunk.rejected, 0);
    if (rejected > 0 && all >= this.#policy.windowRecords / 10 && bad / all > this.#policy.ratio) {
      throw new BreakerOpen(
        `${bad} of the last ${all} records cannot be processed, a share of ${this.#policy.ratio} is the limit (BREAKER_RATIO)`,
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

/** The run of rejections at the end of the chunk, and the longest in it, the run before it counted in. */
function runsOf(verdicts: readonly boolean[], before: number): { run: number; longest: number } {
  let run = before;
  let longest = before;
  for (const rejected of verdicts) {
    run = rejected ? run + 1 : 0;
    longest = Math.max(longest, run);
  }
  return { run, longest };
}
