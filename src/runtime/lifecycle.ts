import type { Log } from '../log.ts';

/** A part that was started and can be stopped. */
interface Started {
  readonly name: string;
  readonly stop: () => Promise<void>;
  /** Members of one tier do not need each other; all of them are stopped when the last of them is due. */
  readonly tier: string;
}

/** Starts parts in order and stops them in reverse, tier by tier, each within the rest of one deadline. */
export class Lifecycle {
  readonly #log: Log;
  #started: Started[] = [];
  #stopping: Promise<void> | undefined;

  constructor(log: Log) {
    this.#log = log;
  }

  /**
   * Runs `start`; its result is passed to `stop` when its turn comes. Rejects once the lifecycle stops: a start in progress
   * is then completed and undone.
   */
  async start<T>(
    name: string,
    start: () => Promise<T> | T,
    stop: (started: T) => Promise<void> | void,
    tier = name,
  ): Promise<T> {
    if (this.#stopping !== undefined) throw new Error(`${name} is not started: the process is stopping`);
    const started = await start();
    if (this.#stopping !== undefined) {
      await stop(started);
      throw new Error(`${name} is stopped again: the process is stopping`);
    }
    this.#started.push({ name, stop: async () => stop(started), tier });
    return started;
  }

  /** Stops everything once, last started first. Never rejects: a part that fails or hangs is named in the log. */
  stop(deadlineMs: number): Promise<void> {
    this.#stopping ??= this.#stopAll(Date.now() + deadlineMs);
    return this.#stopping;
  }

  async #stopAll(deadline: number): Promise<void> {
    for (let last = this.#started.at(-1); last !== undefined; last = this.#started.at(-1)) {
      const tier = this.#started.filter((started) => started.tier === last.tier);
      this.#started = this.#started.filter((started) => started.tier !== last.tier);
      await Promise.all(tier.map((started) => this.#stopOne(started, deadline)));
    }
  }

  async #stopOne({ name, stop }: Started, deadline: number): Promise<void> {
    const leftMs = Math.max(0, deadline - Date.now());
    const timeout = Promise.withResolvers<void>();
    const timer = setTimeout(() => {
      this.#log.error({ part: name, leftMs }, 'did not stop before the deadline; continuing without it');
      timeout.resolve();
    }, leftMs);
    const stopped = stop().catch((error: unknown) => this.#log.error({ part: name, cause: error }, 'failed to stop'));
    await Promise.race([stopped, timeout.promise]);
    clearTimeout(timer);
  }
}
