import { createMetrics } from '../metrics.ts';
import { createAsk } from './ask.ts';
import type { CallBudget } from './call-budget.ts';
import { experimentCalls } from './experiment-calls.ts';
import { openExchange } from './http-exchange.ts';
import { mlflowAccess } from './mlflow-access.ts';
import { MlflowUnavailable } from './mlflow-unavailable.ts';
import type { MlflowConfig } from './options.ts';

export interface MlflowProbe {
  readonly base: string;
  /** As in `3.17.2`; undefined if the server does not state it. */
  readonly version: string | undefined;
  /** The time of one call of the API, in milliseconds. */
  readonly callMs: number;
}

/** A single request takes no place from the roles that run, so it needs no budget, and no database for one. */
const NO_BUDGET: CallBudget = { run: (_runId, _signal, work) => work(), slowDown() {}, async close() {} };

/**
 * Asks MLflow for its version, and makes a call of its API: `/health` and `/version` answer also where every call is
 * refused. Rejects with {@link MlflowUnavailable}, and with a `UsageError` if the settings cannot be used.
 */
export async function probeServer(config: MlflowConfig): Promise<MlflowProbe> {
  const access = mlflowAccess(config);
  const exchange = openExchange(access);
  const ask = createAsk({ base: access.base, exchange, budget: NO_BUDGET, metrics: createMetrics() });
  try {
    const answer = await exchange.send({ method: 'GET', path: '/version', maxAnswerBytes: 65_536 });
    const stated = answer.status === 200 ? answer.body.toString('utf8').trim() : '';
    const beganAtMs = performance.now();
    const result = await experimentCalls(ask).searchExperiments({ view: 'ACTIVE_ONLY', maxResults: 1 });
    if (!result.ok) throw new MlflowUnavailable('configuration', `MLflow at ${access.base}: ${result.refusal.message}`);
    const version = /^\d+\.\d+[\w.+-]{0,50}$/.test(stated) ? stated : undefined;
    return { base: access.base, version, callMs: Math.round(performance.now() - beganAtMs) };
  } finally {
    exchange.close();
  }
}
