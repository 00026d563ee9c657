/** Work after which other requests get a turn, in milliseconds. */
const TURN_MS = 4;

/**
 * Shares the event loop between requests whose bodies are long to read. Work of all requests is counted together, because
 * many small pieces between two turns of the loop stall it as one long piece does. A request waits before it starts while
 * {@link due}, and {@link pause}s in the middle when its own piece was {@link long}. In each turn of the loop the waiting
 * requests start in the order of their arrival, until they have worked for a turn, and one of the paused ones goes on: short
 * requests overtake long ones.
 *
 * A waiting request resumes inside its `await`, so it must work at once, without another `await` between.
 */
export class Turns {
  readonly #now: () => number;
  #workedMs = 0;
  #starting: (() => void)[] = [];
  #paused: (() => void)[] = [];
  #scheduled = false;

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
  next(): Promise<void> {
    return this.#wait(this.#starting);
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
  pause(since: number): Promise<void> {
    this.count(since);
    return this.#wait(this.#paused);
  }

  #wait(queue: (() => void)[]): Promise<void> {
    if (!this.#scheduled) {
      this.#scheduled = true;
      setImmediate(this.#turn);
    }
    return new Promise((resolve) => queue.push(resolve));
  }

  readonly #turn = (): void => {
    this.#workedMs = 0;
    const starting = this.#starting;
    this.#starting = [];
    const paused = this.#paused.shift();
    this.#scheduled = this.#paused.length > 0;
    if (this.#scheduled) setImmediate(this.#turn);
    for (const resume of starting) resume();
    paused?.();
  };
}
