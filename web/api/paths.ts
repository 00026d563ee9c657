/** The address of a run in the API. */
export const runApi = (run: string): string => `/api/runs/${encodeURIComponent(run)}`;

/** The address of a trial in the API. */
export const trialApi = (run: string, trial: string): string => `${runApi(run)}/trials/${encodeURIComponent(trial)}`;
