/** An error that no further attempt can resolve. It ends the process. */
export class FatalError extends Error {
  override readonly name = 'FatalError';
  /** kafkajs reads this; otherwise it would pass the same batch to the same bug several more times. */
  readonly retriable = false;
}
