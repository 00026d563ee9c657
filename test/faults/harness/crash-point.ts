/** The moments in the work of a role at which a test kills the process. */
export const CRASH_POINTS = [
  'at read',
  'before the write',
  'after the write',
  'before the commit',
  'after the commit',
] as const;

export type CrashPoint = (typeof CRASH_POINTS)[number];

/**
 * A moment in the work of the mirror: around one kind of request to MLflow, by the path below its API, or one statement of
 * Postgres, by its name. `during` is a few milliseconds after the request was sent, while MLflow works on it.
 */
export type CallCrashPoint =
  | `${'before' | 'during' | 'after'} call ${string}`
  | `${'before' | 'after'} query ${string}`;
