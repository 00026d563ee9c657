/** Whether an error is a fault of this program rather than of a dependency: retrying does not help. */
export const isBug = (error: unknown): boolean =>
  error instanceof TypeError ||
  error instanceof ReferenceError ||
  error instanceof RangeError ||
  error instanceof SyntaxError;
