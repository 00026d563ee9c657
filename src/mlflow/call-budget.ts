import { setTimeout as sleep } from 'node:timers/promises';
import type { AdvisoryLock, AdvisoryLocks } from '../store/advisory-locks.ts';
import { createAdjustableLimit } from './adjustable-limit.ts';
import { MlflowUnavailable } from './mlflow-unavailable.ts';

/**
 * Limits the requests to one MLflow over all processes. More than 15 at once use up its connections to its database, and
 * then every user of that server waits 30 s at a time. Two writers of one run make MLflow fail with deadlocks.
 */
export interface CallBudget {
  /**
   * Runs `work` once a place is free and no other call writes to `runId`. Rejects with `MlflowUnavailable` (`budget`) if that
   * takes too long, with `DatabaseUnavailable`, and with the reason of the signal when it is aborted meanwhile.
   *
   * @param runId the run that `work` writes to; undefined if it writes to none.
   */
  run<T>(runId: string | undefined, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T>;
  /** Halves the requests that this process has in flight, because MLflow has too many. Successes raise them again. */
  slowDown(): void;
  /** Offers the places without a call to other processes. */
  close(): Promise<void>;
}

export interface BudgetPolicy {
  /** Requests in flight at the same time over all processes, and of this one. */
  readonly places: number;
  readonly ownPlaces: number;
  /** How long a call may wait for its place. */
  readonly waitMs: number;
  /** How long a process keeps a place for its own calls before it offers it to the others. */
  readonly keepMs: number;
  /** How long it leaves that place to the others; longer than a poll, so that a waiting process finds it free. */
  readonly restMs: number;
  /** How long a place without a call is kept, so that calls in a row need no statement in between. */
  readonly idleMs: number;
  readonly pollMs: number;
  /** Successful calls after which a process that slowed down has one more in flight. */
  readonly recoverAfter: number;
}

/**
 * Two requests in flight already keep a process of MLflow busy; with four, its one interpreter spends more on each. So
 * this process has two, and takes another place while one of the two is left to the other processes.
 */
export const BUDGET_POLICY: BudgetPolicy = {
  places: 4,
  ownPlaces: 2,
  waitMs: 120_000,
  keepMs: 500,
  restMs: 60,
  idleMs: 100,
  pollMs: 20,
  recoverAfter: 50,
};

/** A place that this process holds. */
interface Place {
  readonly index: number;
  readonly lock: AdvisoryLock;
  readonly since: number;
}

/** @param server the base address of MLflow. Processes share a budget if they have the same address and database. */
export function createCallBudget(
  locks: AdvisoryLocks,
  server: string,
  policy: BudgetPolicy = BUDGET_POLICY,
): CallBudget {
  const limit = createAdjustableLimit(policy.ownPlaces, policy.recoverAfter);
  const idle: Place[] = [];
  /** By place: the time until which it is left to other processes. */
  const restsUntil = Array.from({ length: policy.places }, () => 0);
  let idleTimer: NodeJS.Timeout | undefined;
  const releases = new Set<Promise<void>>();

  function offer({ lock }: Place): void {
    const released = lock.release();
    releases.add(released);
    void released.finally(() => releases.delete(released));
  }

  function takeIdle(): Place | undefined {
    let place = idle.pop();
    while (place?.lock.lost.aborted) place = idle.pop();
    return place;
  }

  async function takeFree(): Promise<Place | undefined> {
    const now = Date.now();
    for (const [index, until] of restsUntil.entries()) {
      const lock = until > now ? undefined : await locks.tryLock(`mlflow ${server} place ${index}`);
      if (lock !== undefined) return { index, lock, since: Date.now() };
    }
    return undefined;
  }

  function leave(place: Place): void {
    if (place.lock.lost.aborted) return;
    if (Date.now() - place.since < policy.keepMs) idle.push(place);
    else {
      restsUntil[place.index] = Date.now() + policy.restMs;
      offer(place);
    }
    idleTimer ??= setTimeout(offerIdle, policy.idleMs);
  }

  function offerIdle(): void {
    clearTimeout(idleTimer);
    idleTimer = undefined;
    for (const place of idle.splice(0)) offer(place);
  }

  /** Repeats `take` until it returns something. */
  async function eventually<T>(what: string, wait: Wait, take: () => Promise<T | undefined>): Promise<T> {
    for (;;) {
      wait.signal?.throwIfAborted();
      const result = await take();
      if (result !== undefined) return result;
      if (Date.now() > wait.deadline) {
        throw new MlflowUnavailable('budget', `MLflow at ${server}: ${what} was not free within ${policy.waitMs} ms`);
      }
      const pauseMs = policy.pollMs * (0.5 + Math.random());
      await sleep(pauseMs, undefined, wait.signal && { signal: wait.signal }).catch(() =>
        wait.signal?.throwIfAborted(),
      );
    }
  }

  const inPlace = <T>(wait: Wait, work: () => Promise<T>): Promise<T> =>
    limit.run(wait.signal, async () => {
      const place = await eventually('a request', wait, async () => takeIdle() ?? (await takeFree()));
      try {
        return await work();
      } finally {
        leave(place);
      }
    });

  return {
    async run(runId, signal, work) {
      const wait = { signal, deadline: Date.now() + policy.waitMs };
      if (runId === undefined) return inPlace(wait, work);
      const lock = await eventually(`run ${runId}`, wait, () => locks.tryLock(`mlflow ${server} run ${runId}`));
      try {
        return await inPlace(wait, work);
      } finally {
        await lock.release();
      }
    },

    slowDown: () => limit.halve(),

    async close() {
      offerIdle();
      await Promise.all(releases);
    },
  };
}

interface Wait {
  readonly signal: AbortSignal | undefined;
  /** Epoch milliseconds. */
  readonly deadline: number;
}
