/** The result of a read that may fail without the page failing. */
export interface Attempt<T> {
  readonly data: T | undefined;
  readonly error: Error | undefined;
}

export const attempt = <T>(read: Promise<T>): Promise<Attempt<T>> =>
  read.then(
    (data) => ({ data, error: undefined }),
    (error: unknown) => ({ data: undefined, error: error instanceof Error ? error : new Error(String(error)) }),
  );
