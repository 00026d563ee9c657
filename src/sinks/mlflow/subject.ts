import { uuidV5 } from '../../events/ids.ts';

/** A trial, or a run (`trial_id` null): one run of MLflow. */
export interface Subject {
  readonly model_run_id: string;
  readonly trial_id: string | null;
  /** The tag `thunderline.key` of its MLflow run: a UUID. MLflow cannot search for every id, but for every UUID. */
  readonly key: string;
}

/** The same ids always have the same key. */
export const keyOf = (modelRunId: string, trialId: string | null): string =>
  uuidV5(JSON.stringify(['mlflow', modelRunId, trialId]));

/** The subject in words, for the log and errors. */
export const describeSubject = ({ model_run_id, trial_id }: Omit<Subject, 'key'>): string =>
  trial_id === null ? `run ${model_run_id}` : `trial ${trial_id} of run ${model_run_id}`;
