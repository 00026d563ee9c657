/** Identifies a trial in maps of the pages. No id contains a control character. */
export const trialKey = (run: string, trial: string | null): string => `${run}\u0000${trial ?? ''}`;
