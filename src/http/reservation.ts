/** The bytes that one request holds of a budget; see `ingest/budget.ts`. */
export interface Reservation {
  /**
   * Takes more. Throws, taking nothing, the `Problem` overloaded when the budget or the share of the client is used up, and
   * body_too_large when a request of this size never fits.
   */
  take(bytes: number): void;
  /** Takes more if there is room, and returns whether there was: for work that can do without. */
  tryTake(bytes: number): boolean;
  /** Throws what {@link take} would throw, and takes nothing. */
  require(bytes: number): void;
  /** Holds exactly `bytes` from now on, whether the budget has them or not: they exist already. */
  hold(bytes: number): void;
  /** Gives everything back; safe to call twice. */
  release(): void;
}
