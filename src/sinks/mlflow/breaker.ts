import type { Log } from '../../log.ts';
import type { Metrics } from '../../metrics.ts';
import { MlflowUnavailable } from '../../mlflow/mlflow-unavailable.ts';
import { OutageLog } from '../../outage-log.ts';
import { type BackoffPolicy, backoffMs } from '../../runtime/backoff.ts';

/** MLflow needs 18 to 30 s to start again after a crash. */
const BACKOFF: BackoffPolicy = { firstMs: 500, greatestMs: 30_000 };

export interface BreakerParts {
  /** One small call that succeeds if MLflow serves requests. */
  readonly probe: () => Promise<void>;
  readonly log: Log;
  readonly metrics: Metrics;
}

/**
 * Keeps the writers of this process from asking a server that does not answer. After a failure nothing is sent for a
 * while; then one small call shows whether MLflow is available again, and every writer gets its result.
 */
export class MlflowBreaker {
  readonly #probe: () => Promise<void>;
  readonly #metrics: Metrics;
  readonly #outages: OutageLog;
  #error: MlflowUnavailable | undefined;
  #failures = 0;
  #openUntil = 0;
  #probing: Promise<void> | undefined;

  constructor({ probe, log, metrics }: BreakerParts) {
    this.#probe = probe;
    this.#metrics = metrics;
    this.#outages = new OutageLog(log);
    metrics.mlflowAway.set(0);
  }

  /** Resolves if MLflow may be called. Throws the error of the last failure while it may not. */
  async pass(): Promise<void> {
    if (this.#error === undefined) return;
    if (Date.now() < this.#openUntil) throw this.#error;
    this.#probing ??= this.#tryAgain().finally(() => {
      this.#probing = undefined;
    });
    await this.#probing;
  }

  /**
   * Opens the breaker after a failed call; `error` is thrown to every caller until a probe succeeds. Other errors do
   * not count as failures of MLflow.
   */
  failed(error: unknown): void {
    // Only calls of this program compete for the budget; MLflow itself may be available.
    if (!(error instanceof MlflowUnavailable) || error.reason === 'budget') return;
    // Calls that were in flight together fail together, which is one failure.
    if (this.#error !== undefined && Date.now() < this.#openUntil) return;
    this.#error = error;
    this.#failures += 1;
    const pauseMs = backoffMs(BACKOFF, this.#failures, Math.random());
    this.#openUntil = Date.now() + pauseMs;
    this.#metrics.mlflowAway.set(1);
    const fields = { reason: error.reason, cause: error.message, pauseMs };
    this.#outages.failed('mlflow', fields, 'MLflow does not serve requests; its mirror waits');
  }

  async #tryAgain(): Promise<void> {
    try {
      await this.#probe();
    } catch (error) {
      this.failed(error);
      throw error;
    }
    this.#error = undefined;
    this.#metrics.mlflowAway.set(0);
    this.#outages.recovered('mlflow', {}, 'MLflow serves requests again');
  }

  /** Forgets earlier failures: a write succeeded, so the next outage starts with the shortest pause. */
  succeeded(): void {
    if (this.#error === undefined) this.#failures = 0;
  }
}
