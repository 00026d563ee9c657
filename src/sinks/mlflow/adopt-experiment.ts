import type { StoredRun } from '../../mlflow/stored-entities.ts';
import { markRestored, supersedeRuns } from '../../store/tables/mlflow-link-states.ts';
import { adoptRuns, deletedRuns, type FoundRun, findLinks } from '../../store/tables/mlflow-links.ts';
import { contentOf } from './content-of.ts';
import { listExperimentRuns } from './list-experiment-runs.ts';
import type { Mirror } from './mirror.ts';
import { KEY_TAG, ORIGIN_TAG, SUPERSEDED_TAG } from './run-tags.ts';
import { keyOf } from './subject.ts';

/**
 * Adds a link for each run of the mirror in an experiment, and returns the number of links that were added.
 *
 * @param isRestored whether the mirror has restored the experiment: MLflow restores every run with it, so those that were
 * deleted before are deleted again. Otherwise a run that is active although it was deleted was restored by a person, and stays.
 */
export async function adoptExperiment(mirror: Mirror, experimentId: string, isRestored: boolean): Promise<number> {
  const { client, pool, signal, log } = mirror;
  if (isRestored) for (const runId of await deletedRuns(pool, experimentId)) await deleteRun(mirror, runId);
  let links = 0;
  const deleted: FoundRun[] = [];
  const listed = listExperimentRuns(client, { experimentId, view: 'ALL' }, signal, ({ runId, message }) =>
    log.warn({ runId, experimentId }, `leaves out a run of an MLflow experiment: ${message}`),
  );
  for await (const runs of listed) {
    for (const run of runs) {
      const isSuperseded = run.lifecycleStage === 'active' && run.tags.has(SUPERSEDED_TAG);
      if (isRestored && isSuperseded) await deleteRun(mirror, run.runId);
    }
    const found = runs.flatMap((run) => foundRun(run) ?? []);
    links += await adoptActive(
      mirror,
      found.filter(({ state }) => state === 'linked'),
    );
    deleted.push(...found.filter(({ state }) => state === 'deleted'));
    mirror.progressed();
  }
  // After the active ones: a trial has the run that is left.
  return links + (await adoptRuns(pool, deleted));
}

/** If a trial has several runs, the one that started first is linked and the others are superseded. */
async function adoptActive({ pool }: Mirror, runs: readonly FoundRun[]): Promise<number> {
  const added = await adoptRuns(pool, runs);
  const keys = runs.map(({ key }) => key);
  const links = await findLinks(pool, keys, 0);
  for (const { key, run_id, origin } of runs) {
    const link = links.get(key);
    if (link?.run_id === run_id && link.state === 'deleted') await markRestored(pool, key, run_id);
    if (origin === 'client' || link === undefined || link.run_id === null || link.run_id === run_id) continue;
    if (!link.superseded.includes(run_id)) await supersedeRuns(pool, key, [run_id]);
  }
  return added;
}

/** A run that does not exist, or that this user may not delete, stays as it is. */
async function deleteRun({ client, signal, log }: Mirror, runId: string): Promise<void> {
  const deleted = await client.deleteRun(runId, signal);
  if (deleted.ok || deleted.refusal.kind === 'gone') return;
  if (deleted.refusal.kind !== 'forbidden') return contentOf(deleted);
  log.warn(
    { runId, cause: deleted.refusal.message },
    'cannot delete an MLflow run that was restored with its experiment',
  );
}

/** The trial of a run by its tags; undefined for a run that neither the mirror nor a client of it wrote. */
export function foundRun(run: StoredRun): FoundRun | undefined {
  const { tags, experimentId, runId } = run;
  const key = tags.get(KEY_TAG);
  const modelRunId = tags.get('model_run_id');
  if (key === undefined || modelRunId === undefined) return undefined;
  const trialId = tags.get('trial_id') ?? null;
  // Copied runs and tags that a person changed do not count.
  if (keyOf(modelRunId, trialId) !== key) return undefined;
  return {
    key,
    model_run_id: modelRunId,
    trial_id: trialId,
    state: run.lifecycleStage === 'deleted' ? 'deleted' : 'linked',
    origin: tags.get(ORIGIN_TAG) === 'client' ? 'client' : 'mirror',
    experiment_id: experimentId,
    run_id: runId,
    startedAtMs: run.startTimeMs ?? 0,
  };
}
