import type pg from 'pg';
import { setWhenRead } from '../../metrics/when-read.ts';
import { OutageLog } from '../../outage-log.ts';
import type { Probe } from '../../runtime/health.ts';
import { type ClaimedTrial, claimTrials } from '../../store/tables/bridge-claims.ts';
import { leasesOf } from '../../store/tables/bridge-hosts.ts';
import type { WorkerOutcome, Workers } from '../worker/workers.ts';
import { startBridgeLease } from './bridge-lease.ts';
import { startBridgeListener } from './bridge-listener.ts';
import { giveBackForgotten } from './give-back-forgotten.ts';
import { HostGuard } from './host-guard.ts';
import { type HousekeepingParts, startHousekeeping } from './housekeeping.ts';
import { createRunAttempt } from './run-attempt.ts';
import { startRunCalls } from './run-calls.ts';
import { RunningTrials } from './running-trials.ts';

export interface DispatcherParts extends HousekeepingParts {
  /** See `createLeasePool`. */
  readonly leasePool: pg.Pool;
  readonly databaseUrl: string;
  /** The name of this machine. */
  readonly host: string;
  readonly pid: number;
  readonly workers: Workers;
  /** Aborted when the process begins to stop, before the parts that are stopped first. */
  readonly signal: AbortSignal;
}

/** Claims trials while there are free workers, and runs them. */
export interface Dispatcher {
  readonly ready: Probe;
  /** The number of trials that this bridge runs. */
  readonly running: number;
  /** Stops claiming, kills the workers, gives their trials back and ends the lease. */
  stop(): Promise<void>;
}

/** The interval at which requests to cancel are read, at most, however many notifications arrive. */
const CANCEL_CHECK_MS = 200;

export function startDispatcher(parts: DispatcherParts): Dispatcher {
  const { pool, databaseUrl, config, host, pid, workers, publisher, signal, telemetry } = parts;
  const { log, metrics } = telemetry;
  const running = new RunningTrials();
  const guard = new HostGuard(config.hostFailures);
  const outages = new OutageLog(log);
  let paused: string | undefined;
  let isStopping = false;
  let filling: Promise<void> | undefined;
  let fillAgain = false;
  let mayHaveForgotten = false;
  let checking: Promise<void> | undefined;
  const timers = new Set<NodeJS.Timeout>();

  setWhenRead(metrics.bridgePaused, () => (paused === undefined ? 0 : 1));
  Object.assign(metrics.bridgeLeases, {
    collect() {
      metrics.bridgeLeases.set({ state: 'stopping' }, running.stopping);
      metrics.bridgeLeases.set({ state: 'running' }, running.size - running.stopping);
    },
  });

  const housekeeping = startHousekeeping(parts);
  const lease = startBridgeLease({
    pool: parts.leasePool,
    log,
    host: { host, pid, slots: workers.slots },
    leaseMs: config.leaseMs,
    pauseReason: () => paused,
    onRenewed(sentAtMs) {
      workers.renewed(sentAtMs);
      mayHaveForgotten = true;
      wake();
    },
    onLost: () => {
      running.stopAll('lost');
      void calls?.abort();
    },
    async ended(bridgeId) {
      await Promise.all([running.done(bridgeId), calls?.abort()]);
    },
  });

  const retry = { retries: config.retries, backoffMs: config.retryBackoffMs };
  const { operations, timeoutMs } = config;
  const bridgeId = (): string | undefined => (paused === undefined ? lease.bridgeId : undefined);
  const calls =
    operations.length === 0 ? undefined : startRunCalls({ ...parts, operations, timeoutMs, retry, bridgeId });

  const runAttempt = createRunAttempt({
    ...parts,
    log,
    metrics,
    studies: parts.studies,
    retry,
    timeoutMs: config.timeoutMs,
    onOutcome,
    onRetry: (pauseMs) => after(pauseMs, wake),
    onLost: (reason) => lease.abandon(reason),
  });

  function after(pauseMs: number, work: () => void): void {
    if (isStopping) return;
    const timer = setTimeout(() => {
      timers.delete(timer);
      work();
    }, pauseMs);
    timers.add(timer);
  }

  function onOutcome(outcome: WorkerOutcome): void {
    const reason = guard.note(outcome);
    if (reason === undefined || paused !== undefined) return;
    paused = reason;
    log.error({ reason }, 'this bridge claims nothing more: correct the host, then start the bridge again');
    lease.renewNow();
  }

  /** Searches for work and for requests to cancel. */
  function wake(): void {
    housekeeping.wake();
    fill();
    checkCancels();
  }

  function fill(): void {
    if (filling !== undefined) {
      fillAgain = true;
      return;
    }
    fillAgain = false;
    filling = claimAll()
      .then(
        () => outages.recovered('claim', {}, 'trials can be claimed again'),
        (error: unknown) => {
          mayHaveForgotten = true;
          outages.failed('claim', { cause: (error as Error).message }, 'trials cannot be claimed');
        },
      )
      // Part of the same chain: while a claim is in progress, its trials are leased but not running yet.
      .then(remember)
      .finally(() => {
        filling = undefined;
        if (fillAgain) fill();
      });
  }

  async function claimAll(): Promise<void> {
    for (;;) {
      const { bridgeId } = lease;
      const free = workers.slots - running.size;
      if (isStopping || paused !== undefined || bridgeId === undefined || free <= 0) return;
      // Half of the free workers at a time, so that the trials of several runs start by turns.
      const limit = Math.ceil(free / 2);
      const trials = await claimTrials(pool, {
        bridgeId,
        host,
        limit,
        withStudies: parts.studies?.isAvailable ?? false,
      });
      for (const trial of trials) start(trial);
      if (trials.length === 0) return;
    }
  }

  async function remember(): Promise<void> {
    const { bridgeId } = lease;
    if (!mayHaveForgotten || bridgeId === undefined) return;
    mayHaveForgotten = false;
    try {
      const count = await giveBackForgotten(pool, bridgeId, running);
      if (count === 0) return;
      metrics.bridgeTrials.inc({ outcome: 'released' }, count);
      log.warn({ count }, 'gave back trials whose claim got no answer');
      fillAgain = true;
    } catch (cause) {
      mayHaveForgotten = true;
      log.debug({ cause }, 'the leases of this bridge cannot be read');
    }
  }

  function start(trial: ClaimedTrial): void {
    if (trial.epoch === 1) metrics.bridgeQueueSeconds.observe(Math.max(0, Date.now() - trial.requested_at) / 1_000);
    const entry = running.start(trial, runAttempt);
    void entry.done.then(fill);
    // The lease was lost, or the stop started, while the claim was in progress.
    if (trial.bridge_id !== lease.bridgeId) entry.stop('lost');
    else if (isStopping) entry.stop('stopping');
  }

  function checkCancels(): void {
    const { bridgeId } = lease;
    if (checking !== undefined || bridgeId === undefined || running.size === 0) return;
    checking = leasesOf(pool, bridgeId)
      .then(
        (leases) => {
          for (const held of leases) if (held.cancelled) running.stop(held, 'cancelled');
        },
        (cause: unknown) => log.debug({ cause }, 'requests to cancel cannot be read'),
      )
      .finally(() => {
        after(CANCEL_CHECK_MS, () => {
          checking = undefined;
        });
      });
  }

  const listener = startBridgeListener(databaseUrl, wake, log);

  /**
   * Does not wait: from now on, no end of a worker is counted against its trial, whatever its cause and however long it
   * takes.
   */
  function beginStop(): void {
    isStopping = true;
    for (const timer of timers) clearTimeout(timer);
    running.stopAll('stopping');
  }
  async function giveBackAll(): Promise<void> {
    await filling;
    await Promise.all([running.done(), calls?.stop()]);
    mayHaveForgotten = true;
    await remember();
    await publisher.drain();
    await lease.stop();
  }

  signal.addEventListener('abort', beginStop, { once: true });
  if (signal.aborted) beginStop();

  return {
    ready: {
      name: 'bridge',
      check: async () => {
        if (paused !== undefined) return `claims nothing more: ${paused}`;
        return lease.bridgeId === undefined ? 'has no lease: Postgres does not answer, or takes no writes' : undefined;
      },
    },
    get running() {
      return running.size;
    },
    async stop() {
      beginStop();
      signal.removeEventListener('abort', beginStop);
      // A statement of the listener or the housekeeping may run for its full time limit, so trials are given back in
      // parallel.
      await Promise.all([listener.stop(), housekeeping.stop(), giveBackAll()]);
    },
  };
}
