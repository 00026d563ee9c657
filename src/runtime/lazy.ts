/**
 * Returns a function that runs `open` on the first call and gives every caller the same result. A failed attempt is
 * forgotten: all who waited for it get its error, and the next call tries again.
 */
export function lazy<T>(open: () => Promise<T>): () => Promise<T> {
  let opened: Promise<T> | undefined;
  return () => {
    opened ??= open().catch((error: unknown) => {
      opened = undefined;
      throw error;
    });
    return opened;
  };
}
