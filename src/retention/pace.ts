import { setTimeout as sleep } from 'node:timers/promises';

/** The clock of a pace, so that a test can be without real time. */
export interface PaceClock {
  now(): number;
  sleep(ms: number): Promise<unknown>;
}

const REAL: PaceClock = { now: () => performance.now(), sleep: (ms) => sleep(ms) };

/**
 * Runs pieces of work on Postgres and the bucket one at a time, with rests between them, so that the pieces take only a share of the
 * time. A piece that takes longer because others use the database is followed by a longer rest.
 */
export class Pace {
  readonly #share: number;
  readonly #clock: PaceClock;
  #last: Promise<unknown> = Promise.resolve();
  #notBefore = Number.NEGATIVE_INFINITY;

  /** @param share above 0; 1: no rests, and pieces run side by side. */
  constructor(share: number, clock: PaceClock = REAL) {
    this.#share = share;
    this.#clock = clock;
  }

  /** Runs `piece` after those that were given before, and returns its result. A piece must not give another one. */
  run<T>(piece: () => Promise<T>): Promise<T> {
    if (this.#share === 1) return piece();
    const result = this.#last.then(() => this.#afterRest(piece));
    this.#last = result.catch(() => undefined);
    return result;
  }

  async #afterRest<T>(piece: () => Promise<T>): Promise<T> {
    const { now } = this.#clock;
    const restMs = this.#notBefore - now();
    if (restMs > 0) await this.#clock.sleep(restMs);
    const startedAt = now();
    try {
      return await piece();
    } finally {
      const endedAt = now();
      this.#notBefore = endedAt + (endedAt - startedAt) * (1 / this.#share - 1);
    }
  }
}
