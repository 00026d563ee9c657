import type { StoredRun } from '../mlflow/stored-entities.ts';
import { KEY_TAG, SUPERSEDED_TAG } from '../sinks/mlflow/run-tags.ts';
import { keyOf } from '../sinks/mlflow/subject.ts';
import type { MlflowRunTrial } from '../store/queries/trials-of-mlflow-runs.ts';
import type { ImportOutcome } from './import-tally.ts';
import type { ImportedTrial } from './imported-trial.ts';

/** A run, and the trial that it becomes. */
export interface ImportableRun {
  readonly run: StoredRun;
  readonly trial: ImportedTrial;
}

export interface SortedRuns {
  readonly importable: readonly ImportableRun[];
  readonly skipped: readonly { readonly runId: string; readonly outcome: ImportOutcome }[];
}

/**
 * Separates the runs that are to be imported from those that Thunderline has already. The mirror tags its own runs and the
 * runs of imported trials with the key of their trial. No other trial has the key of an imported one, so a run that was
 * imported in part and tagged meanwhile is imported again.
 */
export function sortRuns(runs: readonly ImportableRun[], known: readonly MlflowRunTrial[]): SortedRuns {
  const byRun = Map.groupBy(known, ({ mlflow_run_id }) => mlflow_run_id);
  const importable: ImportableRun[] = [];
  const skipped: SortedRuns['skipped'][number][] = [];
  for (const each of runs) {
    const outcome = outcomeOf(each, byRun.get(each.run.runId) ?? []);
    if (outcome === undefined) importable.push(each);
    else skipped.push({ runId: each.run.runId, outcome });
  }
  return { importable, skipped };
}

function outcomeOf({ run, trial }: ImportableRun, known: readonly MlflowRunTrial[]): ImportOutcome | undefined {
  const key = run.tags.get(KEY_TAG);
  if (run.tags.has(SUPERSEDED_TAG)) return 'mirrored';
  if (key !== undefined && key !== keyOf(trial.modelRunId, trial.trialId)) return 'mirrored';
  const isOther = ({ model_run_id, trial_id }: MlflowRunTrial): boolean =>
    model_run_id !== trial.modelRunId || trial_id !== trial.trialId;
  if (known.some(isOther)) return 'known';
  return known.some(({ import_fingerprint }) => import_fingerprint === trial.fingerprint) ? 'unchanged' : undefined;
}
