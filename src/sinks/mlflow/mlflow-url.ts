import type { DeepLinks } from '../../mlflow/deep-links.ts';
import type { MlflowLink } from '../../store/tables/mlflow-links.ts';

/** The page of a trial's run in MLflow; undefined as long as it has none, and after a person deleted it. */
export const mlflowUrl = (
  links: Pick<DeepLinks, 'run'>,
  { state, experiment_id, run_id }: Pick<MlflowLink, 'state' | 'experiment_id' | 'run_id'>,
): string | undefined =>
  state !== 'linked' || experiment_id === null || run_id === null ? undefined : links.run(experiment_id, run_id);
