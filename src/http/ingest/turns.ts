import type { Client } from '../../access/client.ts';
import { FairQueue } from './fair-queue.ts';

/** Work after which other requests get a turn, in milliseconds. */
const TURN_MS = 4;

/**
 * Shares the event loop between requests whose bodies are long to read. Work of all requests is counted together, because
 * many small pieces between two turns of the loop stall it as one long piece does. A request waits before it starts while
 * {@link due}, and {@link pause}s in the middle when its own piece was {@link long}. In each turn of the loop, waiting
 * requests start until they have worked for a turn, and one paused request goes on; each time it is the turn of another
 * client. So short requests overtake long ones, and many requests of one client do not delay those of another.
 *
 * A request resumes inside its `await`, and must work at once, without another `await` before {@link count} or {@link pause}.
 */
export class Turns {
  readonly #now: () => number;
  readonly #starting = new FairQueue<Client, () => void>();
  readonly #paused = new FairQueue<Client, () => void>();
  #workedMs = 0;
  #isScheduled = false;

  /** @param now milliseconds of a monotonic clock. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** The time at which a piece of work starts. */
  start(): number {
    return this.#now();
  }

  /** Whether so much was done in this turn that a request must not start in it. */
  get due(): boolean {
    return this.#workedMs >= TURN_MS;
  }

  /** Resolves in a later turn, when a request may start. */
  next(client: Client): Promise<void> {
    return this.#wait(this.#starting, client);
  }

  /** Whether a piece of work that started at `since` must pause. */
  long(since: number): boolean {
    return this.#now() - since >= TURN_MS;
  }

  /** Counts the piece of work that started at `since`. */
  count(since: number): void {
    this.#workedMs += this.#now() - since;
  }

  /** Counts the piece of work that started at `since`, and resolves in a later turn, when it may go on. */
  pause(since: number, client: Client): Promise<void> {
    this.count(since);
    return this.#wait(this.#paused, client);
  }

  #wait(queue: FairQueue<Client, () => void>, client: Client): Promise<void> {
    this.#schedule();
    return new Promise((resolve) => queue.push(client, resolve));
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => void this.#turn());
  }

  async #turn(): Promise<void> {
    this.#isScheduled = false;
    this.#workedMs = 0;
    for (let resume = this.#starting.shift(); resume !== undefined; resume = this.#starting.shift()) {
      resume();
      // The request that resumed works in the microtask before the one that continues here.
      await undefined;
      if (this.due) break;
    }
    this.#paused.shift()?.();
    if (this.#starting.size > 0 || this.#paused.size > 0) this.#schedule();
  }
}
