import type { Client } from '../../access/client.ts';
import { FairQueue } from './fair-queue.ts';

/** Work after which other requests get a turn, in milliseconds. */
const TURN_MS = 4;
/** The first piece of a request while others of its client are paused: those that start must not take the turns of pieces. */
const FIRST_MS = 1;
/**
 * Turns of the loop between two pieces of paused requests. A short request needs about eight: libuv accepts one connection
 * in a turn, reads in another, and Kafka's acknowledgement and the timer of a batch need turns of their own.
 */
const REST_TURNS = 16;
/** The rest lasts at most this many times as long as the piece before it, so that busy turns do not starve long requests. */
const REST_RATIO = 4;
/** The time after a change of clients in which there is a rest. The requests of a single client only delay each other. */
const SHARED_MS = 10_000;

/**
 * Shares the event loop between requests whose bodies are long to read. Work of all requests is counted together, because
 * many small pieces between two turns of the loop stall it as one long piece does. A request waits before it starts while
 * {@link due}, and {@link pause}s in the middle when its piece is {@link long}. In each turn of the loop, waiting requests
 * start until they have worked for a turn; after a rest of several turns, one paused request goes on. Each time it is the
 * turn of another client. So short requests overtake long ones, however many those are, and many requests of one client do
 * not delay those of another. The paused requests of one client are completed one after another: each holds what it has
 * read so far.
 *
 * A request resumes inside its `await`, and must work at once: without an `await` between {@link start} or {@link resume} and
 * {@link end} or {@link pause}.
 */
export class Turns {
  readonly #now: () => number;
  readonly #starting = new FairQueue<Client, () => void>();
  readonly #paused = new FairQueue<Client, () => void>();
  /** The work of this turn before the current piece. */
  #workedMs = 0;
  /** The start of the current piece, and its longest duration. */
  #since = 0;
  #pieceMs = TURN_MS;
  #isFirstPiece = true;
  /** The rest ends after these turns, or at this time. */
  #restTurns = 0;
  #restUntil = 0;
  #latestClient: Client | undefined;
  #sharedUntil = 0;
  #isScheduled = false;

  /** @param now milliseconds of a monotonic clock. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Whether so much was done in this turn that a request must not start in it. */
  get due(): boolean {
    return this.#workedMs >= TURN_MS;
  }

  /** Resolves in a later turn, when a request may start. */
  next(client: Client): Promise<void> {
    this.#schedule();
    return new Promise((resolve) => this.#starting.push(client, resolve));
  }

  /** Whether a request of this client that is long to read must {@link queue} instead of starting: another one is paused. */
  occupied(client: Client): boolean {
    return this.#paused.has(client);
  }

  /** Resolves when the paused requests of this client are complete, and the request may start with {@link resume}. */
  queue(client: Client): Promise<void> {
    this.#schedule();
    return new Promise((resolve) => this.#paused.push(client, resolve));
  }

  /** Starts the first piece of a request. */
  start(client: Client): void {
    this.#since = this.#now();
    if (client !== this.#latestClient) this.#share(client);
    this.#pieceMs = this.#paused.has(client) ? FIRST_MS : TURN_MS;
    this.#isFirstPiece = true;
  }

  /** Whether the current piece must {@link pause}. */
  get long(): boolean {
    return this.#now() - this.#since >= this.#pieceMs;
  }

  /** Ends the current piece, and resolves in a later turn, when the request must {@link resume}. */
  pause(client: Client): Promise<void> {
    this.end();
    this.#schedule();
    const isFirst = this.#isFirstPiece;
    return new Promise((resolve) => {
      if (isFirst) this.#paused.push(client, resolve);
      else this.#paused.pushFirst(client, resolve);
    });
  }

  /** Starts the next piece of a request that was paused or queued. */
  resume(): void {
    this.#since = this.#now();
    this.#pieceMs = TURN_MS;
    this.#isFirstPiece = false;
  }

  /** Ends the current piece. */
  end(): void {
    this.#workedMs += this.#now() - this.#since;
  }

  /** Notes the time at which another client than the one before starts a request. */
  #share(client: Client): void {
    if (this.#latestClient !== undefined) this.#sharedUntil = this.#since + SHARED_MS;
    this.#latestClient = client;
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
    if (this.#isRested()) await this.#continuePaused();
    if (this.#starting.size > 0 || this.#paused.size > 0) this.#schedule();
  }

  #isRested(): boolean {
    if (this.#restTurns > 0) this.#restTurns -= 1;
    // A turn in which requests have started is long enough, unless the paused ones have waited for long.
    return (this.#restTurns === 0 && !this.due) || this.#now() >= this.#restUntil;
  }

  /** Continues paused requests for the duration of a turn, at least one of them, and starts the rest. */
  async #continuePaused(): Promise<void> {
    const before = this.#workedMs;
    for (let resume = this.#paused.shift(); resume !== undefined; resume = this.#paused.shift()) {
      resume();
      await undefined;
      if (this.due) break;
    }
    const now = this.#now();
    if (now >= this.#sharedUntil) return;
    this.#restTurns = REST_TURNS;
    this.#restUntil = now + REST_RATIO * (this.#workedMs - before);
  }
}
