import { until } from './until.ts';

const POLL_MS = 10;
/** Just under the time-out of a test. A test's own time-out would not end the loop, and jest would not exit. */
const TIMEOUT_MS = 170_000;

/** Resolves once `holds` returns true. */
export const eventually = async (holds: () => boolean | Promise<boolean>): Promise<void> =>
  void (await until(String(holds), TIMEOUT_MS, holds, POLL_MS));
