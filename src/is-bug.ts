/** Whether an error is a fault of this program rather than of a dependency: waiting does not mend it. */
export const isBug = (error: unknown): boolean =>
  error instanceof TypeError ||
  error instanceof ReferenceError ||
  error instanceof RangeError ||
  error instanceof SyntaxError;
