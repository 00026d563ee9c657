/** The moments in the work of a role at which a test kills the process. */
export const CRASH_POINTS = [
  'at read',
  'before the write',
  'after the write',
  'before the commit',
  'after the commit',
] as const;

export type CrashPoint = (typeof CRASH_POINTS)[number];
