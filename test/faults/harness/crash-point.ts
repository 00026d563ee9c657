/** The moments of a role's work at which a test kills it. */
export const CRASH_POINTS = [
  'at read',
  'before the write',
  'after the write',
  'before the commit',
  'after the commit',
] as const;

export type CrashPoint = (typeof CRASH_POINTS)[number];
