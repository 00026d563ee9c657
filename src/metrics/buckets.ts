/** Edges for one request or batch. */
export const REQUEST_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30] as const;

/** Edges for the way of an event: milliseconds to a table, and five minutes in an object of the archive that is not full. */
export const DELIVERY_SECONDS = [
  0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1_800,
] as const;

/** Edges for the work of a trial, and for its wait in the queue: a second to a day. */
export const WORK_SECONDS = [0.01, 0.1, 0.5, 1, 5, 15, 60, 300, 900, 3_600, 14_400, 43_200, 86_400] as const;
