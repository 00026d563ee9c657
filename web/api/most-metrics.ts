/** Final metrics that one comparison may name. */
export const MOST_METRICS = 20;
