import { expect, test } from '@jest/globals';
import { importedTrial } from '../../src/mlflow-import/imported-trial.ts';
import { sortRuns } from '../../src/mlflow-import/sort-runs.ts';
import { KEY_TAG, SUPERSEDED_TAG } from '../../src/sinks/mlflow/run-tags.ts';
import { keyOf } from '../../src/sinks/mlflow/subject.ts';
import type { MlflowRunTrial } from '../../src/store/queries/trials-of-mlflow-runs.ts';
import { EXPERIMENT, storedRun } from './runs.ts';

const RUN_ID = 'a'.repeat(32);
const OWN_KEY = keyOf('old', RUN_ID);
const { fingerprint } = importedTrial(EXPERIMENT, storedRun());
const row = (differences: Partial<MlflowRunTrial> = {}): MlflowRunTrial => ({
  mlflow_run_id: RUN_ID,
  model_run_id: 'old',
  trial_id: RUN_ID,
  import_fingerprint: null,
  ...differences,
});

const outcomeOf = (tags: readonly (readonly [string, string])[], known: readonly MlflowRunTrial[]) => {
  const run = storedRun({ tags: new Map(tags) });
  const { importable, skipped } = sortRuns([{ run, trial: importedTrial(EXPERIMENT, run) }], known);
  return importable.length === 1 ? 'importable' : skipped[0]?.outcome;
};

test.each<[string, string | undefined, readonly (readonly [string, string])[], readonly MlflowRunTrial[]]>([
  ['a run that Thunderline does not have', 'importable', [], []],
  ['a run of the mirror', 'mirrored', [[KEY_TAG, keyOf('study', 'trial-1')]], []],
  ['a run of the mirror that another replaced', 'mirrored', [[SUPERSEDED_TAG, 'b']], []],
  ['the run of a trial that posts its own events', 'known', [], [row({ model_run_id: 'study', trial_id: 'trial-1' })]],
  [
    'the parent run of a study that posts its own events',
    'known',
    [],
    [row({ model_run_id: 'study', trial_id: null })],
  ],
  ['a run that was imported in part', 'importable', [], [row()]],
  ['a run that was imported in part and tagged by the mirror', 'importable', [[KEY_TAG, OWN_KEY]], [row()]],
  ['a run that was imported whole', 'unchanged', [[KEY_TAG, OWN_KEY]], [row({ import_fingerprint: fingerprint })]],
  ['a run that changed since it was imported', 'importable', [], [row({ import_fingerprint: 'other' })]],
  [
    'a run of which Thunderline has two trials',
    'known',
    [],
    [row({ import_fingerprint: fingerprint }), row({ trial_id: 'x' })],
  ],
])('%s is %s', (_, expected, tags, known) => {
  expect(outcomeOf(tags, known)).toBe(expected);
});
