import { setTimeout as delay } from 'node:timers/promises';

const POLL_MS = 100;

/**
 * Repeats `look` until it returns something other than false and undefined, and resolves with that. At the deadline it
 * throws, with `what` it waited for and the last error of `look`.
 */
export async function until<T>(
  what: string,
  timeoutMs: number,
  look: () => T | false | undefined | Promise<T | false | undefined>,
  pollMs = POLL_MS,
): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    let cause: unknown;
    try {
      const found = await look();
      if (found !== false && found !== undefined) return found;
    } catch (error) {
      cause = error;
    }
    if (Date.now() > deadline) {
      const why = cause instanceof Error ? `: ${cause.message}` : '';
      throw new Error(`not within ${timeoutMs / 1_000} s: ${what}${why}`, { cause });
    }
    await delay(pollMs);
  }
}
