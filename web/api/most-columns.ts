/** Columns that one request of trials may name. */
export const MOST_COLUMNS = 49;
