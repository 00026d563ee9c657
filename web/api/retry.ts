import { ApiError } from './request.ts';

const FIRST_MS = 3_000;
/** The first event of a run or trial may be about to be stored. */
const FIRST_UNKNOWN_MS = 500;
const MOST_MS = 60_000;

/** The pause before a failed request is sent again; undefined if the answer would be the same. Each failure doubles it. */
export function retryAfterMs(error: unknown, failures: number): number | undefined {
  if (!(error instanceof ApiError)) return undefined;
  if (error.status === 404) return Math.min(MOST_MS, FIRST_UNKNOWN_MS * 2 ** failures);
  const isTemporary = error.status === 0 || error.status === 429 || error.status >= 500;
  return isTemporary ? Math.min(MOST_MS, FIRST_MS * 2 ** failures) : undefined;
}
