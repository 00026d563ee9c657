import { type Signal, useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { retryAfterMs } from '../api/retry.ts';

/** The state of something that a page reads. Old data stays while it is read again. */
export interface Loaded<T> {
  readonly data: T | undefined;
  readonly error: unknown;
  readonly loading: boolean;
}

/**
 * Reads something when the page opens, when `dependencies` change, and when `again` is called; a read that is overtaken by
 * a later one is cancelled. After a failure that may pass it reads again by itself.
 */
export function useLoad<T>(
  read: (signal: AbortSignal) => Promise<T>,
  dependencies: readonly unknown[],
): { readonly state: Signal<Loaded<T>>; readonly again: () => void } {
  const state = useSignal<Loaded<T>>({ data: undefined, error: undefined, loading: true });
  const round = useSignal(0);
  const failures = useRef(0);
  useEffect(() => {
    const cancel = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    state.value = { ...state.peek(), loading: true };
    read(cancel.signal).then(
      (data) => {
        if (cancel.signal.aborted) return;
        failures.current = 0;
        state.value = { data, error: undefined, loading: false };
      },
      (error: unknown) => {
        if (cancel.signal.aborted) return;
        state.value = { ...state.peek(), error, loading: false };
        const pauseMs = retryAfterMs(error, failures.current);
        failures.current += 1;
        if (pauseMs === undefined) return;
        timer = setTimeout(() => {
          round.value += 1;
        }, pauseMs);
      },
    );
    return () => {
      cancel.abort();
      clearTimeout(timer);
    };
  }, [...dependencies, round.value]);
  return {
    state,
    again: () => {
      round.value += 1;
    },
  };
}
