/** MLflow's own rule for the id of a run. */
const RUN_ID = /^[A-Za-z0-9][\w-]{0,255}$/;

/** Whether MLflow can have a run of this id. */
export const isRunId = (text: string): boolean => RUN_ID.test(text);
