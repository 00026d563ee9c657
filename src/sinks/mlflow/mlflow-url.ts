import type { DeepLinks } from '../../mlflow/deep-links.ts';
import type { MlflowLink } from '../../store/tables/mlflow-links.ts';

type Link = Pick<MlflowLink, 'state' | 'experiment_id' | 'run_id' | 'trial_id'>;

/**
 * The page of a trial's run in MLflow. While the run is being created it is that of the experiment, filtered by the tag that the run
 * will have; undefined as long as not even the experiment is known, and after a person deleted the run.
 */
export function mlflowUrl(
  links: Pick<DeepLinks, 'run' | 'runs' | 'search'>,
  { state, experiment_id, run_id, trial_id }: Link,
): string | undefined {
  if (state === 'deleted' || experiment_id === null) return undefined;
  if (state === 'linked' && run_id !== null) return links.run(experiment_id, run_id);
  // The filters of MLflow have no escape for quotes.
  const quote = [`"`, `'`].find((each) => !trial_id?.includes(each));
  if (trial_id === null || quote === undefined) return links.runs(experiment_id);
  return links.search(experiment_id, `tags.trial_id = ${quote}${trial_id}${quote}`);
}
