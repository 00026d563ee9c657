import type { Log } from './log.ts';

const INTERVAL_MS = 60_000;
/** Outages that are remembered; beyond it the oldest is forgotten, so that unforeseen keys cannot fill the memory. */
const MAX_OUTAGES = 1_000;

interface Outage {
  readonly since: number;
  loggedAt: number;
  failures: number;
}

/**
 * Logs failures that repeat while a dependency is unavailable: the first one, one a minute while the outage lasts, and
 * the recovery. The lines left out are logged at the level debug.
 */
export class OutageLog {
  readonly #log: Log;
  readonly #now: () => number;
  readonly #outages = new Map<string, Outage>();

  /** @param now epoch milliseconds. */
  constructor(log: Log, now: () => number = Date.now) {
    this.#log = log;
    this.#now = now;
  }

  /**
   * Records a failure of what `key` stands for. A line of a lasting outage has, besides `fields`, the number of failures so
   * far and the seconds since the first.
   */
  failed(key: string, fields: object, message: string): void {
    const now = this.#now();
    const outage = this.#outages.get(key);
    if (outage === undefined) {
      this.#remember(key, { since: now, loggedAt: now, failures: 1 });
      this.#log.warn(fields, message);
      return;
    }
    outage.failures += 1;
    if (now - outage.loggedAt < INTERVAL_MS) {
      this.#log.debug(fields, message);
      return;
    }
    outage.loggedAt = now;
    this.#log.warn({ ...fields, ...this.#extent(outage) }, message);
  }

  /** Records that what `key` stands for works; logs it if it had failed before. */
  recovered(key: string, fields: object, message: string): void {
    const outage = this.#outages.get(key);
    if (outage === undefined) return;
    this.#outages.delete(key);
    this.#log.info({ ...fields, ...this.#extent(outage) }, message);
  }

  /** Ends an outage without a line, because this process no longer deals with it. */
  forget(key: string): void {
    this.#outages.delete(key);
  }

  has(key: string): boolean {
    return this.#outages.has(key);
  }

  #remember(key: string, outage: Outage): void {
    const [oldest] = this.#outages.keys();
    if (this.#outages.size >= MAX_OUTAGES && oldest !== undefined) this.#outages.delete(oldest);
    this.#outages.set(key, outage);
  }

  #extent({ since, failures }: Outage): object {
    return { failures, forSeconds: Math.round((this.#now() - since) / 1_000) };
  }
}
