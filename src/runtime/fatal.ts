/** An error that no attempt will mend. The process ends by it. */
export class FatalError extends Error {
  override readonly name = 'FatalError';
  /** Read by kafkajs, which would otherwise hand the same batch to the same bug several times more. */
  readonly retriable = false;
}
