import { setTimeout as sleep } from 'node:timers/promises';

/** The clock of a pace, so that a test can be without real time. */
export interface PaceClock {
  now(): number;
  sleep(ms: number): Promise<unknown>;
}

const REAL: PaceClock = { now: () => performance.now(), sleep: (ms) => sleep(ms) };
/** Work between two rests, at least: a timer is not more exact than some milliseconds. */
const LEAST_WORK_MS = 20;

/**
 * Divides work by rests, so that it takes only a share of the time. Work that takes longer because others use the machine and the
 * database is followed by a longer rest.
 */
export class Pace {
  readonly #share: number;
  readonly #clock: PaceClock;
  #resumedAt: number;

  /** @param share of the time for work, above 0; 1: no rests. */
  constructor(share: number, clock: PaceClock = REAL) {
    this.#share = share;
    this.#clock = clock;
    this.#resumedAt = clock.now();
  }

  /** Whether there are rests at all. If not, work may as well be done side by side. */
  get rests(): boolean {
    return this.#share < 1;
  }

  /** Rests in proportion to the time since the last rest. Must not be called while a transaction holds locks. */
  rest = async (): Promise<void> => {
    if (!this.rests) return;
    const workedMs = this.#clock.now() - this.#resumedAt;
    if (workedMs < LEAST_WORK_MS) return;
    await this.#clock.sleep(workedMs * (1 / this.#share - 1));
    this.#resumedAt = this.#clock.now();
  };
}
