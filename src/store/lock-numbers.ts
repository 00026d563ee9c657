/** Every number of an advisory lock in the database; `advisory-locks.ts` derives its own from names. */
export const LOCK_NUMBERS = {
  /** One process migrates at a time. */
  migration: 7_283_114_902,
  /** One process creates a partition of `trial_metrics` at a time. */
  partition: 7_283_114_903,
  /** One bridge rescues trials at a time. */
  rescue: 7_283_114_904,
  /** One transaction adds names to `trial_index_names` at a time. */
  indexNames: 7_283_114_905,
  /** One process retires partitions of `trial_metrics` at a time. */
  retention: 7_283_114_906,
} as const;
