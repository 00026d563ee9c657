import type { StoredRun } from '../mlflow/stored-entities.ts';
import { foundRun } from '../sinks/mlflow/adopt-experiment.ts';
import { contentOf } from '../sinks/mlflow/content-of.ts';
import { listExperimentRuns } from '../sinks/mlflow/list-experiment-runs.ts';
import type { Mirror } from '../sinks/mlflow/mirror.ts';
import { findExperiments } from '../store/tables/mlflow-experiments.ts';

/** The runs in the experiment of one run of Thunderline, read page by page. */
export interface RunsInMlflow {
  /** The run of this id, wherever it is; undefined if MLflow does not have it. */
  find(runId: string): Promise<StoredRun | undefined>;
  /** The active runs that the mirror wrote for a subject. */
  ofKey(key: string): readonly string[];
}

/** @returns the runs of an experiment that exists; one that does not, or that was deleted, has none. */
export async function readRunsInMlflow(
  { client, pool, signal, log }: Mirror,
  modelRunId: string,
): Promise<RunsInMlflow> {
  const byId = new Map<string, StoredRun>();
  const byKey = new Map<string, string[]>();
  const experimentId = await findExperimentId();
  if (experimentId !== undefined) {
    const listed = listExperimentRuns(client, { experimentId, view: 'ALL' }, signal, ({ runId, message }) =>
      log.warn({ runId, experimentId }, `leaves out a run of an MLflow experiment: ${message}`),
    );
    for await (const page of listed) {
      for (const run of page) {
        byId.set(run.runId, run);
        const found = foundRun(run);
        if (found?.state !== 'linked' || found.origin !== 'mirror') continue;
        byKey.set(found.key, [...(byKey.get(found.key) ?? []), run.runId]);
      }
    }
  }

  async function findExperimentId(): Promise<string | undefined> {
    const [known] = await findExperiments(pool, [modelRunId]);
    if (known !== undefined) return known.experiment_id;
    const found = await client.getExperimentByName(modelRunId, signal);
    if (!found.ok && found.refusal.kind === 'gone') return undefined;
    return contentOf(found).experimentId;
  }

  return {
    async find(runId) {
      const listed = byId.get(runId);
      if (listed !== undefined) return listed;
      const found = await client.getRun(runId, signal);
      if (!found.ok && found.refusal.kind === 'gone') return undefined;
      return contentOf(found);
    },
    ofKey: (key) => byKey.get(key) ?? [],
  };
}
