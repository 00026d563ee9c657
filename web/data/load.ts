import { type Signal, useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';

/** The state of something that a page reads. Old data stays while it is read again. */
export interface Loaded<T> {
  readonly data: T | undefined;
  readonly error: unknown;
  readonly loading: boolean;
}

/**
 * Reads something when the page opens, when `dependencies` change, and when `again` is called; a read that is overtaken by
 * a later one is cancelled.
 */
export function useLoad<T>(
  read: (signal: AbortSignal) => Promise<T>,
  dependencies: readonly unknown[],
): { readonly state: Signal<Loaded<T>>; readonly again: () => void } {
  const state = useSignal<Loaded<T>>({ data: undefined, error: undefined, loading: true });
  const round = useSignal(0);
  useEffect(() => {
    const cancel = new AbortController();
    state.value = { ...state.peek(), loading: true };
    read(cancel.signal).then(
      (data) => {
        if (!cancel.signal.aborted) state.value = { data, error: undefined, loading: false };
      },
      (error: unknown) => {
        if (!cancel.signal.aborted) state.value = { ...state.peek(), error, loading: false };
      },
    );
    return () => cancel.abort();
  }, [...dependencies, round.value]);
  return {
    state,
    again: () => {
      round.value += 1;
    },
  };
}
