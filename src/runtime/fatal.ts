/** An error that no attempt will mend. The process ends by it. */
export class FatalError extends Error {
  override readonly name = 'FatalError';
}
