import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { canonicalJson } from '../../events/ids.ts';
import { isBug } from '../../is-bug.ts';
import type { Log } from '../../log.ts';
import type { Metrics } from '../../metrics.ts';
import { OutageLog } from '../../outage-log.ts';
import { backoffMs, RETRY_BACKOFF } from '../../runtime/backoff.ts';
import { unlessAborted } from '../../runtime/unless-aborted.ts';
import { isBadData } from '../../store/database-error.ts';
import type { ClaimedTrial } from '../../store/tables/bridge-claims.ts';
import {
  type AttemptEnd,
  endTrial,
  failTrial,
  giveBackTrial,
  type RetryRule,
  storeChoice,
} from '../../store/tables/bridge-endings.ts';
import { StudyRefused, StudyUnavailable } from '../study/study-error.ts';
import type { WorkerCall, WorkerOutcome, Workers } from '../worker/workers.ts';
import {
  attemptEndOf,
  type Conclusion,
  cancelledAttempt,
  concludeAttempt,
  faultyAttempt,
  refusedAttempt,
  releasedAttempt,
} from './conclusion.ts';
import type { EventPublisher } from './event-publisher.ts';
import type { RunningTrial } from './running-trials.ts';
import type { StudyDesk } from './study-desk.ts';
import { tellStudies } from './tell-studies.ts';
import { callOf, type ReadyTrial, startEventsOf } from './trial-attempt.ts';

export interface AttemptParts {
  readonly pool: pg.Pool;
  readonly workers: Workers;
  readonly publisher: EventPublisher;
  readonly studies: StudyDesk | undefined;
  readonly retry: RetryRule;
  readonly timeoutMs: number;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly traceparent: (given: string | undefined) => string;
  /** Called with each outcome of a worker. */
  readonly onOutcome: (outcome: WorkerOutcome) => void;
  /** Called when a trial is to run again after this pause. */
  readonly onRetry: (pauseMs: number) => void;
  /** Called when the keeper of a worker found the lease expired. */
  readonly onLost: (reason: string) => void;
}

type Attempt = Omit<RunningTrial, 'done'>;

/** A function, because the reason changes while an attempt waits. */
const isLost = ({ stopped }: Attempt): boolean => stopped === 'lost';

/** How much later than its workers a bridge may receive the signal that a service manager sends to all processes. */
const STOP_SIGNAL_MS = 5_000;

/** Whether an attempt ended because its bridge is stopping, so that it is no evidence about its trial. */
async function isOfStop(attempt: Attempt, outcome: WorkerOutcome): Promise<boolean> {
  if (outcome.kind === 'reported') return false;
  if (outcome.interrupted === true && attempt.stopped === undefined) {
    await sleep(STOP_SIGNAL_MS, undefined, { signal: attempt.signal }).catch(() => undefined);
  }
  return outcome.reason === 'stopped' || attempt.stopped === 'stopping';
}

/** How long a trial that this bridge should not have claimed waits, in milliseconds. */
const STUDY_PAUSE_MS = 5_000;

/** How long a trial waits after a fault of the bridge, so that it does not fail again at once; it doubles. */
const FAULT_PAUSE_MS = 60_000;

/** Runs one attempt of a claimed trial and concludes it. Never rejects. */
export type RunAttempt = (attempt: Attempt) => Promise<void>;

export function createRunAttempt(parts: AttemptParts): RunAttempt {
  const { pool, workers, publisher, studies, retry, timeoutMs, log, metrics, traceparent } = parts;
  const outages = new OutageLog(log);

  /**
   * Repeats a write until Postgres has answered it: the worker has done its work, and only the row is missing. It ends when the
   * lease is lost, because another bridge then runs the trial. Rejects if Postgres refuses the data, because it would refuse it again.
   */
  async function write<T>(attempt: Attempt, change: () => Promise<T>): Promise<T | undefined> {
    for (let attempts = 1; !isLost(attempt); attempts += 1) {
      try {
        const result = await change();
        outages.recovered('write', {}, 'the ends of trials are stored again');
        return result;
      } catch (error) {
        if (isBug(error) || isBadData(error)) throw error;
        const cause = (error as Error).message;
        outages.failed('write', { cause }, 'the end of a trial cannot be stored yet');
        await sleep(backoffMs(RETRY_BACKOFF, attempts, Math.random()));
      }
    }
    return undefined;
  }

  /** The trial with the hyperparameters that its study chose; undefined if it was given back. */
  async function withParams(attempt: Attempt): Promise<ReadyTrial | undefined> {
    const { trial } = attempt;
    const { hyperparams, study } = trial;
    if (hyperparams !== null) return { ...trial, hyperparams };
    if (studies === undefined || study === null) {
      await giveBack(attempt, STUDY_PAUSE_MS, attemptEndOf('study_unavailable', 'this bridge runs no studies', null));
      return undefined;
    }
    try {
      const suggestion = await unlessAborted(studies.ask({ ...trial, study }), attempt.signal);
      if (suggestion === undefined) {
        await stoppedEarly(attempt);
        return undefined;
      }
      const { number, params } = suggestion;
      const flag = params.spectral_norm;
      const choice = {
        hyperparams: canonicalJson(params),
        spectral_norm: typeof flag === 'boolean' ? flag : trial.spectral_norm,
        optuna_number: number,
      };
      const isHeld = await write(attempt, () => storeChoice(pool, trial, choice));
      return isHeld === true ? { ...trial, ...choice } : undefined;
    } catch (error) {
      const { message } = error as Error;
      if (error instanceof StudyRefused) await conclude(attempt, trial, refusedAttempt(message));
      else if (error instanceof StudyUnavailable)
        await giveBack(attempt, 0, attemptEndOf('study_unavailable', message, null));
      else throw error;
      return undefined;
    }
  }

  /**
   * Concludes an attempt that was stopped before a worker had it. The study may still answer; the next attempt asks
   * again.
   */
  async function stoppedEarly(attempt: Attempt): Promise<void> {
    if (attempt.stopped === 'stopping') await giveBack(attempt, 0, releasedAttempt());
    else if (attempt.stopped === 'cancelled') await conclude(attempt, attempt.trial, cancelledAttempt());
  }

  async function giveBack(attempt: Attempt, pauseMs: number, end: AttemptEnd): Promise<void> {
    const isHeld = await write(attempt, () => giveBackTrial(pool, attempt.trial, pauseMs, end));
    if (isHeld === true) metrics.bridgeTrials.inc({ outcome: 'released' });
    else metrics.bridgeFenced.inc();
  }

  async function conclude(
    attempt: Attempt,
    trial: ClaimedTrial,
    conclusion: Conclusion,
    rule: RetryRule = retry,
  ): Promise<void> {
    if (conclusion.kind === 'end') {
      const { outcome, ending, attempt: end } = conclusion;
      const isHeld = await write(attempt, () => endTrial(pool, trial, { outcome, ending }, end));
      if (isHeld !== true) return fenced(trial);
      metrics.bridgeTrials.inc({ outcome });
      return ended(attempt, trial);
    }
    const state = await write(attempt, () => failTrial(pool, trial, conclusion.ending, rule, conclusion.attempt));
    if (state === undefined) return fenced(trial);
    metrics.bridgeTrials.inc({ outcome: state === 'ended' ? 'failed' : 'retried' });
    if (state === 'ended') await ended(attempt, trial);
    else parts.onRetry(rule.backoffMs * 2 ** trial.failures);
  }

  /** Awaits the study, so that it chooses the next trial of this worker with the result of this one; a stop ends the wait. */
  async function ended({ signal }: Attempt, trial: ClaimedTrial): Promise<void> {
    publisher.ended(trial);
    const { study, hyperparams, optuna_number } = trial;
    const wasNeverAsked = study === null || (hyperparams !== null && optuna_number === null);
    if (studies === undefined || wasNeverAsked) return;
    const telling = tellStudies(pool, studies, trial).catch((cause: unknown) => {
      log.debug({ cause }, 'the study of a trial does not have its end yet');
    });
    await unlessAborted(telling, signal);
  }

  function fenced({ model_run_id, trial_id, epoch }: ClaimedTrial): void {
    metrics.bridgeFenced.inc();
    log.warn({ model_run_id, trial_id, attempt: epoch }, 'discarded a late result: the lease on its trial had ended');
  }

  /** A trial whose hyperparameters came with its command has no counterpart in the study. */
  function reporterOf(trial: ReadyTrial): WorkerCall['report'] {
    const { study, optuna_number } = trial;
    if (studies === undefined || study === null || optuna_number === null) return undefined;
    return (step, value) => studies.report({ ...trial, study }, step, value);
  }

  async function run(attempt: Attempt): Promise<void> {
    const trial = await withParams(attempt);
    if (trial === undefined || isLost(attempt)) return;
    const startedAt = Date.now();
    let isStartKnown = false;
    const context = traceparent(trial.traceparent ?? undefined);
    const started = startEventsOf(trial, startedAt);
    if (started.ok) {
      publisher.publish(started.events, context).then(
        () => {
          isStartKnown = true;
        },
        // The event of the trial's end then contains its start.
        (cause: unknown) => log.debug({ cause }, 'the start of a trial is not published yet'),
      );
    }
    const call = callOf(trial, timeoutMs, context);
    const report = reporterOf(trial);
    const outcome = await workers.run({ ...call, kill: attempt.kill, ...(report && { report }) }, attempt.signal);
    parts.onOutcome(outcome);
    if (isLost(attempt)) return;
    if (outcome.kind === 'failed' && outcome.reason === 'lost') return parts.onLost(outcome.message);
    if (await isOfStop(attempt, outcome)) return giveBack(attempt, 0, releasedAttempt(outcome));
    const wasCancelled = outcome.kind === 'failed' && outcome.reason === 'cancelled';
    const startOf = isStartKnown ? undefined : startedAt;
    await conclude(
      attempt,
      trial,
      wasCancelled ? cancelledAttempt(outcome) : concludeAttempt(trial, outcome, Date.now(), startOf),
    );
  }

  return async (attempt) => {
    const { trial } = attempt;
    const subject = { model_run_id: trial.model_run_id, trial_id: trial.trial_id, attempt: trial.epoch };
    try {
      await run(attempt);
    } catch (cause) {
      log.error({ cause, ...subject }, 'an attempt failed by a fault of the bridge');
      // The other trials of this bridge continue. A trial whose attempt cannot be ended here is given back when the lease is renewed.
      const rule = { ...retry, backoffMs: FAULT_PAUSE_MS };
      await conclude(attempt, trial, faultyAttempt(cause as Error), rule).catch((error: unknown) => {
        log.error({ cause: error, ...subject }, 'an attempt could not be ended');
      });
    }
  };
}
