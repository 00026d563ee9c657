import type { Result } from '../../mlflow/ask.ts';
import { tagOf } from '../../mlflow/entities.ts';
import type { Refusal } from '../../mlflow/sort-answer.ts';
import { finishSuperseded } from '../../store/tables/mlflow-link-states.ts';
import type { MlflowLink } from '../../store/tables/mlflow-links.ts';
import { contentOf } from './content-of.ts';
import type { Mirror } from './mirror.ts';
import { KEY_TAG, SUPERSEDED_TAG } from './run-tags.ts';

/**
 * Deletes the runs that a link has replaced. Each step may be repeated. The tag by which a run is found goes first:
 * MLflow restores every run of an experiment with it, and a restored run must not be mistaken for the run of the trial.
 */
export async function deleteSuperseded(mirror: Mirror, link: MlflowLink): Promise<void> {
  const { client, pool, signal, metrics, log } = mirror;
  for (const runId of link.unfinished) {
    unlessMissing(await client.deleteTag(runId, KEY_TAG, signal));
    unlessMissing(await client.setTag(runId, tagOf(SUPERSEDED_TAG, link.run_id ?? ''), signal));
    const deleted = await client.deleteRun(runId, signal);
    unlessMissing(deleted);
    if (!deleted.ok && deleted.refusal.kind === 'forbidden') {
      log.warn(
        { runId, cause: deleted.refusal.message },
        'cannot delete an MLflow run that another one replaced: delete it as a user who may',
      );
    }
    await finishSuperseded(pool, link.key, runId);
    metrics.mlflowRuns.inc({ result: 'superseded' });
    mirror.progressed();
  }
}

const MISSING: ReadonlySet<Refusal['kind']> = new Set(['gone', 'inactive', 'forbidden']);

/** A run that is deleted already, does not exist, or is not this user's to change, needs no further step. */
export function unlessMissing(result: Result<unknown>): void {
  if (!result.ok && !MISSING.has(result.refusal.kind)) contentOf(result);
}
