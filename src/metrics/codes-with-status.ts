import { ERRORS, type ErrorEntry } from '../errors.ts';

/** The error codes with a status: 422 is a fault of one event, null a reason of a dead letter. */
export const codesWithStatus = (status: number | null): readonly string[] =>
  Object.entries<ErrorEntry>(ERRORS)
    .filter(([, entry]) => entry.status === status)
    .map(([code]) => code);
