/** Addresses of MLflow's pages, by ids. The page of an experiment without `/runs` is the one for GenAI, and loses a filter. */
export interface DeepLinks {
  run(experimentId: string, runId: string): string;
  /** The charts of a run. */
  runMetrics(experimentId: string, runId: string): string;
  runArtifacts(experimentId: string, runId: string): string;
  /** The runs of an experiment, on the page for training. */
  runs(experimentId: string): string;
  /** The runs of an experiment that match a filter in MLflow's language. */
  search(experimentId: string, filter: string): string;
}

const TRAINING = 'workflowType=machine_learning';

/** @param base the address at which browsers reach MLflow, with its path prefix and without a slash at the end. */
export function deepLinks(base: string): DeepLinks {
  const runs = (experimentId: string): string => `${base}/#/experiments/${encodeURIComponent(experimentId)}/runs`;
  const run = (experimentId: string, runId: string): string => `${runs(experimentId)}/${encodeURIComponent(runId)}`;
  return {
    run,
    runMetrics: (experimentId, runId) => `${run(experimentId, runId)}/model-metrics`,
    runArtifacts: (experimentId, runId) => `${run(experimentId, runId)}/artifacts`,
    runs: (experimentId) => `${runs(experimentId)}?${TRAINING}`,
    search: (experimentId, filter) => `${runs(experimentId)}?searchFilter=${encodeURIComponent(filter)}&${TRAINING}`,
  };
}
