/** Studies cannot be reached now: Postgres, the study process or its interpreter. The same call may succeed later. */
export class StudyUnavailable extends Error {
  override readonly name = 'StudyUnavailable';
}

/** Optuna refuses a call, and will refuse it again: a study of that name has another direction or search space. */
export class StudyRefused extends Error {
  override readonly name = 'StudyRefused';
}
