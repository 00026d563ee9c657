import { isDots } from '../../src/events/dots.ts';

/**
 * Whether a path can have the id as a part: browsers remove `.` and `..`, percent-encoded too. Events with such an id are refused,
 * but older tables may contain it.
 */
export const isAddressable = (id: string): boolean => !isDots(id);

/** The address of a run in the API. */
export const runApi = (run: string): string => `/api/runs/${segment(run)}`;

/** The address of a trial in the API. */
export const trialApi = (run: string, trial: string): string => `${runApi(run)}/trials/${segment(trial)}`;

/** Throws for an id that `fetch` would remove from the path: the request would be about something else. */
function segment(id: string): string {
  if (!isAddressable(id)) throw new Error(`No address can have the id "${id}".`);
  return encodeURIComponent(id);
}
