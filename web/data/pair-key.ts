/** Identifies a pair of names in maps of the pages, such as a trial of a run or a metric of a trial. No name contains a control character. */
export const pairKey = (first: string, second: string | null): string => `${first}\u0000${second ?? ''}`;
