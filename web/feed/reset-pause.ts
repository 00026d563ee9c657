const FIRST_MS = 2_000;
const MOST_MS = 30_000;

/** The pause before a page reads everything again, after so many resets without a connection that continued. */
export const resetPauseMs = (resets: number): number =>
  resets === 0 ? 0 : Math.min(MOST_MS, FIRST_MS * 2 ** (resets - 1));
