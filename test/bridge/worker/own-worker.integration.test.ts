import { expect, test } from '@jest/globals';
import { runFinalized, runStarted, trialReported, trialStarted } from '../../../src/bridge/worker/payload.ts';
import { OWN_WORKER } from '../../../src/bridge/worker/script.ts';
import type { WorkerCall } from '../../../src/bridge/worker/workers.ts';
import type { JsonObject } from '../../../src/events/values.ts';
import { installTestPython } from '../../runner/python.ts';
import { ENVIRONMENT } from '../support/python.ts';
import { createWorkers, failed, NEVER, reported } from '../support/workers.ts';

/** The interpreter needs numpy, which a plain one may lack. */
const { workers } = await createWorkers(
  '',
  { CEREBROS_SCRIPT_PATH: OWN_WORKER, CEREBROS_PYTHON: await installTestPython() },
  { ...ENVIRONMENT, THUNDERLINE_MODE: 'disabled' },
);

const run = { runId: 'run-1', correlationId: 'correlation-1' };

const call = (op: WorkerCall['op'], payload: JsonObject, changes: Partial<WorkerCall> = {}) =>
  workers.run(
    {
      commandId: '0198f3b2-7c1e-7000-8000-000000000001',
      op,
      modelRunId: run.runId,
      correlationId: run.correlationId,
      attempt: 1,
      payload,
      timeoutMs: 50_000,
      ...changes,
    },
    NEVER,
  );

const trialOf = (hyperparams: JsonObject, parameters: JsonObject) =>
  call('run_trial', trialStarted({ ...run, trialId: 't1', attempt: 1, spectralNorm: true, hyperparams, parameters }), {
    trialId: 't1',
  });

test('trains a trial with constrained layers', async () => {
  const { trials, warnings } = reported(await trialOf({ learning_rate: 0.05, seed: 1 }, { epochs: 3 }));
  expect(warnings).toEqual([]);
  expect(trials).toHaveLength(1);
  const [trial] = trials;
  expect(trial).toMatchObject({
    trialId: 't1',
    status: 'succeeded',
    spectralNorm: true,
    parameters: { learning_rate: 0.05, seed: 1 },
  });
  expect(trial?.metrics.val_accuracy).toBeGreaterThan(0.5);
  expect(trial?.metrics.largest_singular_value).toBeCloseTo(1, 1);
});

test('starts, records and finalizes a run', async () => {
  const parameters = { epochs: 3 };
  const started = { ...run, trials: 4, parallelism: 2, spectralNorm: 'both', parameters } as const;
  const start = runStarted({ ...started, searchSpace: { dropout: { type: 'float', low: 0, high: 1 } } });
  const { run: reportedRun, warnings } = reported(await call('start_run', start));
  expect(reportedRun).toMatchObject({ contract: 'RunStartedV1', runId: 'run-1', status: 'succeeded' });
  expect(warnings).toEqual(['dropout is searched, but this worker does not use it']);

  const [trial] = reported(await trialOf({ learning_rate: 0.05 }, { epochs: 0 })).trials;
  if (trial === undefined) throw new Error('no trial was reported');
  const record = trialReported({ ...trial, metrics: { loss: Number.NaN }, status: 'failed' });
  const recorded = reported(await call('record_trial', record, { trialId: 't1', status: 'failed' }));
  expect(recorded.trials).toMatchObject([{ trialId: 't1', status: 'failed', metrics: { loss: Number.NaN } }]);

  const counts = { succeeded: 3, failed: 1 };
  const ended = {
    ...run,
    status: 'succeeded',
    trials: counts,
    bestTrialId: 't1',
    durationMs: 5,
    errorMessage: null,
  } as const;
  const finalized = reported(await call('finalize_run', runFinalized(ended), { status: 'succeeded' }));
  expect(finalized.run).toMatchObject({
    contract: 'RunFinalizedV1',
    status: 'succeeded',
    metadata: { trial_counts: counts, best_trial_id: 't1' },
  });
});

test('reports a setting that no trial can use', async () => {
  const failure = failed(await trialOf({ n_layers: 0 }, {}));
  expect(failure).toMatchObject({
    reason: 'exception',
    errorType: 'ValueError',
    message: 'ValueError: n_layers must be an integer from 1 to 100, got 0',
  });
  expect(failure.traceback).toContain('in train');
});

test('fails by its environment where a library is missing', async () => {
  const failure = failed(await trialOf({ learning_rate: 0.05 }, { backend: 'torch' }));
  expect(failure).toMatchObject({ errorType: 'ModuleNotFoundError', environmental: true });
});
