import type { StoredExperiment, StoredPoint, StoredRun } from '../../src/mlflow/stored-entities.ts';

export const EXPERIMENT: StoredExperiment = {
  experimentId: '7',
  name: 'old',
  lifecycleStage: 'active',
  artifactLocation: 'mlflow-artifacts:/7',
  madeAtMs: undefined,
  tags: new Map(),
};

export const STARTED = 1_600_000_000_000;

/** A run that has finished, with these differences. */
export function storedRun(differences: Partial<StoredRun> = {}): StoredRun {
  return {
    runId: 'a'.repeat(32),
    experimentId: '7',
    name: 'first',
    userId: 'someone',
    status: 'FINISHED',
    startTimeMs: STARTED,
    endTimeMs: STARTED + 60_000,
    artifactUri: 'mlflow-artifacts:/7/a/artifacts',
    lifecycleStage: 'active',
    latest: new Map([['loss', point(9)]]),
    params: new Map(),
    tags: new Map([['mlflow.runName', 'first']]),
    ...differences,
  };
}

export const point = (step: number, value = 0.5): StoredPoint => ({ value, timestampMs: STARTED + step, step });
