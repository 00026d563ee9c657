import type { Log } from '../log.ts';

/** Something that was started and can be stopped. */
interface Started {
  readonly name: string;
  readonly stop: () => Promise<void>;
}

/** Starts parts in order and stops them in reverse, each within what is left of one deadline. */
export class Lifecycle {
  readonly #log: Log;
  readonly #started: Started[] = [];
  #stopping: Promise<void> | undefined;

  constructor(log: Log) {
    this.#log = log;
  }

  /** Runs `start`; what it returns is stopped by `stop` when its turn comes. */
  async start<T>(name: string, start: () => Promise<T> | T, stop: (started: T) => Promise<void> | void): Promise<T> {
    const started = await start();
    this.#started.push({ name, stop: async () => stop(started) });
    return started;
  }

  /** Stops everything once, last started first. Never rejects: a part that fails or hangs is named in the log. */
  stop(deadlineMs: number): Promise<void> {
    this.#stopping ??= this.#stopAll(Date.now() + deadlineMs);
    return this.#stopping;
  }

  async #stopAll(deadline: number): Promise<void> {
    for (let part = this.#started.pop(); part !== undefined; part = this.#started.pop()) {
      const { name } = part;
      const leftMs = Math.max(0, deadline - Date.now());
      const timeout = Promise.withResolvers<void>();
      const timer = setTimeout(() => {
        this.#log.error({ part: name, leftMs }, 'did not stop in time and is left behind');
        timeout.resolve();
      }, leftMs);
      const stopped = part
        .stop()
        .catch((error: unknown) => this.#log.error({ part: name, cause: error }, 'failed to stop'));
      await Promise.race([stopped, timeout.promise]);
      clearTimeout(timer);
    }
  }
}
