import type { ClaimedTrial, Lease } from '../../store/tables/bridge-claims.ts';

/** The reason why this bridge ends an attempt before its worker does. */
export type StopReason =
  /** A request to cancel. */
  | 'cancelled'
  /** The lease was lost: no result counts. */
  | 'lost'
  /** The bridge stops: the trial is given back. */
  | 'stopping';

/** A trial that this bridge runs. */
export interface RunningTrial {
  readonly trial: ClaimedTrial;
  /** Aborted by every reason to stop. */
  readonly signal: AbortSignal;
  /** Aborted when the lease was lost: the trial may run elsewhere soon, so its worker has no grace. */
  readonly kill: AbortSignal;
  /** Ends the attempt, once. */
  stop(reason: StopReason): void;
  /** Why it was stopped, if it was. */
  readonly stopped: StopReason | undefined;
  /** Resolves when the attempt is concluded. */
  readonly done: Promise<void>;
}

type Name = Pick<Lease, 'model_run_id' | 'trial_id' | 'epoch'>;

const keyOf = ({ model_run_id, trial_id, epoch }: Name): string => JSON.stringify([model_run_id, trial_id, epoch]);

/** The trials that this bridge runs. */
export class RunningTrials {
  readonly #running = new Map<string, RunningTrial>();

  get size(): number {
    return this.#running.size;
  }

  get stopping(): number {
    return [...this.#running.values()].filter(({ stopped }) => stopped !== undefined).length;
  }

  /** Runs an attempt until `conclude` resolves; it must not reject. */
  start(trial: ClaimedTrial, conclude: (running: Omit<RunningTrial, 'done'>) => Promise<void>): RunningTrial {
    const aborting = new AbortController();
    const killing = new AbortController();
    let stopped: StopReason | undefined;
    const running = {
      trial,
      signal: aborting.signal,
      kill: killing.signal,
      stop(reason: StopReason) {
        if (stopped === 'lost') return;
        stopped = stopped === undefined || reason === 'lost' ? reason : stopped;
        if (reason === 'lost') killing.abort();
        aborting.abort();
      },
      get stopped() {
        return stopped;
      },
    };
    const done = conclude(running).finally(() => this.#running.delete(keyOf(trial)));
    const entry = Object.defineProperty(running, 'done', { value: done }) as RunningTrial;
    this.#running.set(keyOf(trial), entry);
    return entry;
  }

  stopAll(reason: StopReason): void {
    for (const running of this.#running.values()) running.stop(reason);
  }

  stop(name: Name, reason: StopReason): void {
    this.#running.get(keyOf(name))?.stop(reason);
  }

  has(name: Name): boolean {
    return this.#running.has(keyOf(name));
  }

  /** Resolves when the attempts that run now are concluded: all, or those under the lease `bridgeId`. */
  async done(bridgeId?: string): Promise<void> {
    const awaited = [...this.#running.values()].filter(
      ({ trial }) => bridgeId === undefined || trial.bridge_id === bridgeId,
    );
    await Promise.all(awaited.map(({ done }) => done));
  }
}
