import { type Signal, useSignal } from '@preact/signals';
import { useRead } from './use-read.ts';

/** The state of something that a page reads. Old data stays while it is read again. */
export interface Loaded<T> {
  readonly data: T | undefined;
  readonly error: unknown;
}

/** Reads as `useRead` does, and keeps what was read. */
export function useLoad<T>(
  read: (signal: AbortSignal) => Promise<T>,
  dependencies: readonly unknown[],
): { readonly state: Signal<Loaded<T>>; readonly again: () => void } {
  const state = useSignal<Loaded<T>>({ data: undefined, error: undefined });
  const again = useRead(
    read,
    (data) => {
      state.value = { data, error: undefined };
    },
    (error) => {
      state.value = { ...state.peek(), error };
    },
    dependencies,
  );
  return { state, again };
}
