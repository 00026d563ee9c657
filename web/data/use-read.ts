import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { retryAfterMs } from '../api/retry.ts';

/**
 * Reads something when the page opens, when `dependencies` change, and when the returned function is called; a read that is
 * overtaken by a later one is cancelled. After a failure that may pass it reads again by itself.
 *
 * @param start returns undefined while there is nothing to read.
 * @param onError gets the pause before the next read, in milliseconds; undefined if there is none.
 */
export function useRead<T>(
  start: (signal: AbortSignal) => Promise<T> | undefined,
  onData: (data: T) => void,
  onError: (error: unknown, pauseMs: number | undefined) => void,
  dependencies: readonly unknown[],
): () => void {
  const round = useSignal(0);
  const failures = useRef(0);
  const again = (): void => {
    round.value += 1;
  };
  useEffect(() => {
    const cancel = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    start(cancel.signal)?.then(
      (data) => {
        if (cancel.signal.aborted) return;
        failures.current = 0;
        onData(data);
      },
      (error: unknown) => {
        if (cancel.signal.aborted) return;
        const pauseMs = retryAfterMs(error, failures.current);
        failures.current += 1;
        onError(error, pauseMs);
        if (pauseMs !== undefined) timer = setTimeout(again, pauseMs);
      },
    );
    return () => {
      cancel.abort();
      clearTimeout(timer);
    };
  }, [...dependencies, round.value]);
  return again;
}
