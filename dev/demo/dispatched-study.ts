import type { System } from '../system.ts';

/** The number of trials of the study. */
export const TRIALS = 10;
export const EPOCHS = 10;

const DISPATCH_TIMEOUT_MS = 30_000;

/**
 * The study, as an operator would post it. Half of its trials normalise their layers. A worker imports MLflow for its first
 * trial, which takes seconds of a core.
 */
const studyOf = (run: string) => ({
  model_run_id: run,
  n_trials: TRIALS,
  parallelism: 2,
  search_space: {
    learning_rate: { type: 'float', low: 0.01, high: 0.1, log: true },
    n_layers: { type: 'int', low: 2, high: 4 },
    hidden_units: { type: 'int', low: 32, high: 64, step: 16 },
  },
  spectral_norm: 'both',
  // Each trial shows all of its epochs.
  pruner: 'none',
  seed: 1,
  payload: { epochs: EPOCHS, mlflow: true },
  timeout_ms: 300_000,
});

/** Starts the study with `POST /api/runs`; the bridge runs its trials. */
export async function dispatchStudy({ url }: System, run: string): Promise<void> {
  const response = await fetch(`${url}/api/runs`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(studyOf(run)),
    signal: AbortSignal.timeout(DISPATCH_TIMEOUT_MS),
  });
  if (response.status !== 202) {
    throw new Error(`POST /api/runs was answered ${response.status}: ${await response.text()}`);
  }
}
