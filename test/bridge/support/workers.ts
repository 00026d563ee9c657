import { afterAll } from '@jest/globals';
import type { Tracer } from '@opentelemetry/api';
import { type OpenedWorkers, openWorkers } from '../../../src/bridge/worker/open-workers.ts';
import { trialStarted } from '../../../src/bridge/worker/payload.ts';
import type { Failed, Reported, WorkerCall, WorkerOutcome } from '../../../src/bridge/worker/workers.ts';
import { loadConfig } from '../../../src/config.ts';
import type { JsonObject } from '../../../src/events/values.ts';
import { createLog } from '../../../src/log.ts';
import { createMetrics, type Metrics } from '../../../src/metrics.ts';
import { expectNoneLeft } from './none-left.ts';
import { ENVIRONMENT, PYTHON, program } from './python.ts';

const opened: OpenedWorkers[] = [];
afterAll(async () => {
  await Promise.all(opened.map((workers) => workers.close()));
  await expectNoneLeft();
});

export interface TestWorkers {
  readonly workers: OpenedWorkers;
  readonly metrics: Metrics;
  /** Lines of the log. */
  readonly lines: readonly JsonObject[];
}

/** Workers of a test script, closed at the end of the file. `settings` are variables of the configuration. */
export async function createWorkers(
  script: string,
  settings: Readonly<Record<string, string>> = {},
  environment: Readonly<Record<string, string>> = ENVIRONMENT,
  tracer?: Tracer,
): Promise<TestWorkers> {
  const { bridge } = loadConfig({
    CEREBROS_PYTHON: PYTHON,
    CEREBROS_SCRIPT_PATH: program(script),
    BRIDGE_GRACE_MS: '1000',
    ...settings,
  });
  const lines: JsonObject[] = [];
  const log = createLog('debug', { write: (line: string) => void lines.push(JSON.parse(line)) });
  const metrics = createMetrics();
  const workers = await openWorkers(bridge, { environment, leaseMs: 15_000 }, { log, metrics, tracer });
  opened.push(workers);
  return { workers, metrics, lines };
}

/** A call of `run_trial` with these hyperparameters. */
export function trialCall(hyperparams: JsonObject, changes: Partial<WorkerCall> = {}): WorkerCall {
  const trial = { runId: 'run-1', trialId: 'trial-1', correlationId: 'correlation-1', attempt: 2 };
  return {
    commandId: '0198f3b2-7c1e-7000-8000-000000000001',
    op: 'run_trial',
    modelRunId: trial.runId,
    trialId: trial.trialId,
    correlationId: trial.correlationId,
    attempt: trial.attempt,
    payload: trialStarted({ ...trial, spectralNorm: true, hyperparams, parameters: {} }),
    timeoutMs: 50_000,
    ...changes,
  };
}

export const NEVER = new AbortController().signal;

export function reported(outcome: WorkerOutcome): Reported {
  if (outcome.kind === 'reported') return outcome;
  throw new Error(`failed: ${outcome.reason}: ${outcome.message}\n${outcome.output}`);
}

export function failed(outcome: WorkerOutcome): Failed {
  if (outcome.kind === 'failed') return outcome;
  throw new Error(`reported: ${JSON.stringify(outcome.trials)}`);
}
