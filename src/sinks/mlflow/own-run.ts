import type { StoredRun } from '../../mlflow/stored-entities.ts';
import { isBoundRun } from '../../store/queries/is-bound-run.ts';
import type { Mirror } from './mirror.ts';
import type { Subject } from './subject.ts';

/**
 * Whether a subject may take an MLflow run that its events name for its own. Any client names any run, and the mirror tags it
 * with its own rights; so where an API key is bound to the run of the subject, the MLflow run itself must name the subject, by
 * its tags or by its experiment. Both take the right to write to MLflow.
 */
export async function mayOwnRun(
  { client, pool, signal }: Pick<Mirror, 'client' | 'pool' | 'signal'>,
  { model_run_id, trial_id }: Subject,
  { tags, experimentId }: StoredRun,
): Promise<boolean> {
  if (!(await isBoundRun(pool, model_run_id))) return true;
  if (tags.get('model_run_id') === model_run_id && (trial_id === null || tags.get('trial_id') === trial_id))
    return true;
  const experiment = await client.getExperiment(experimentId, signal);
  return experiment.ok && experiment.value.name === model_run_id;
}
