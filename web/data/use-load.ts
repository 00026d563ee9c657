import { useSignal } from '@preact/signals';
import { answerTo, type Kept } from './answer-to.ts';
import { useRead } from './use-read.ts';

/** Something that a page reads, for the present choices. */
export interface Loaded<T> {
  /** The last answer; it stays while it is read again. */
  readonly data: T | undefined;
  /** Why the read for the present choices failed; undefined without a failure. */
  readonly error: unknown;
  /** The answer belongs to earlier choices: that to the present ones has not arrived, or cannot be read. */
  readonly isEarlier: boolean;
  /** Reads it again. */
  readonly again: () => void;
}

/**
 * Reads as `useRead` does, and keeps what was read.
 *
 * @param choices decide which answer it is.
 * @param rounds a change of them reads the same answer again.
 */
export function useLoad<T>(
  read: (signal: AbortSignal) => Promise<T>,
  choices: readonly unknown[],
  rounds: readonly unknown[] = [],
): Loaded<T> {
  const key = JSON.stringify(choices);
  const kept = useSignal<Kept<T>>({});
  const again = useRead(
    read,
    (data) => {
      kept.value = { answer: { key, data } };
    },
    (error) => {
      kept.value = { ...kept.peek(), failure: { key, error } };
    },
    [key, ...rounds],
  );
  return { ...answerTo(kept.value, key), again };
}
