/** Conditions on parameters and metrics that one request may have. */
export const MOST_CONDITIONS = 20;
