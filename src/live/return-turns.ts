/** Connections a second at which clients come back: below the rate at which a process accepts them. */
const RETURNS_PER_SECOND = 150;
const FIRST_MS = 1_000;
/** The least time over which returns are spread, in milliseconds. */
const LEAST_SPREAD_MS = 2_000;
/** Multiples of the golden ratio are spread evenly between 0 and 1 however many there are. */
const GOLDEN = 0.618_033_988_749_895;

/** Spreads the clients that return after a restart over time, so that they do not all connect at once. */
export class ReturnTurns {
  #last = Math.random();

  /** The turn of one more client, from 0 to 1. */
  next(): number {
    this.#last = (this.#last + GOLDEN) % 1;
    return this.#last;
  }

  /** The pause after a lost connection of a client with this turn, among `clients`. */
  retryMs(turn: number, clients: number): number {
    return FIRST_MS + turn * Math.max(LEAST_SPREAD_MS, (clients / RETURNS_PER_SECOND) * 1_000);
  }

  /** The pause of the client with this number among those that are disconnected together. */
  returnMs(index: number): number {
    return FIRST_MS + (index / RETURNS_PER_SECOND) * 1_000;
  }
}
