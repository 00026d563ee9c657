import { type Signal, signal } from '@preact/signals';

const drafts = new Map<Signal<unknown>, unknown>();

/**
 * The content of a form, which outlives the page that shows it: a session that ends in the middle puts the sign-in in its place, and
 * after that the form is as it was.
 */
export function draft<T>(atFirst: T): Signal<T> {
  const value = signal(atFirst);
  drafts.set(value as Signal<unknown>, atFirst);
  return value;
}

/** Forgets what was typed: the next person at this browser must not see it. */
export function dropDrafts(): void {
  for (const [value, atFirst] of drafts) value.value = atFirst;
}
