import type { Metrics } from '../metrics.ts';
import type { AdvisoryLocks } from '../store/advisory-locks.ts';
import { createAsk } from './ask.ts';
import { BUDGET_POLICY, createCallBudget } from './call-budget.ts';
import { type DeepLinks, deepLinks } from './deep-links.ts';
import { type ExperimentCalls, experimentCalls } from './experiment-calls.ts';
import { type HistoryCalls, historyCalls } from './history-calls.ts';
import { openExchange } from './http-exchange.ts';
import { mlflowAccess } from './mlflow-access.ts';
import { MlflowUnavailable } from './mlflow-unavailable.ts';
import type { MlflowConfig } from './options.ts';
import { type RunCalls, runCalls } from './run-calls.ts';

/**
 * The REST API of one MLflow. Each call resolves with its content or with a refusal of its data; it rejects as `Ask`
 * does. No call is repeated except after a race, so the caller decides how long it waits for a dependency.
 */
export interface MlflowClient extends ExperimentCalls, RunCalls, HistoryCalls {
  /** The base address of the server, without credentials. */
  readonly base: string;
  readonly links: DeepLinks;
  /**
   * Resolves if MLflow serves requests: host name, credentials and workspace are right, and its database answers. `/health`
   * proves none of these.
   */
  check(signal?: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

export interface MlflowParts {
  /** Limit the requests in flight over all processes. */
  readonly locks: AdvisoryLocks;
  readonly metrics: Metrics;
}

/** Opens no connection yet. Throws a `UsageError` if the settings cannot be used. */
export function openMlflow(config: MlflowConfig, { locks, metrics }: MlflowParts): MlflowClient {
  const access = mlflowAccess(config);
  const { base, publicBase } = access;
  const exchange = openExchange(access);
  const budget = createCallBudget(locks, base, { ...BUDGET_POLICY, ownPlaces: config.callsAtOnce });
  const ask = createAsk({ base, exchange, budget, metrics });
  const experiments = experimentCalls(ask);
  return {
    base,
    links: deepLinks(publicBase),
    ...experiments,
    ...runCalls(ask),
    ...historyCalls(ask),

    async check(signal) {
      const result = await experiments.searchExperiments({ view: 'ACTIVE_ONLY', maxResults: 1 }, signal);
      if (!result.ok) throw new MlflowUnavailable('configuration', `MLflow at ${base}: ${result.refusal.message}`);
    },

    async close() {
      exchange.close();
      await budget.close();
    },
  };
}
