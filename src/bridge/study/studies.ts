import { BoundedCache } from '../../bounded-cache.ts';
import type { JsonObject } from '../../events/values.ts';
import { type BackoffPolicy, backoffMs } from '../../runtime/backoff.ts';
import type { Telemetry } from '../../telemetry.ts';
import { StudyRefused, StudyUnavailable } from './study-error.ts';
import type { StudyOutcome } from './study-outcome.ts';
import { type StudyProcess, StudyProcessEnded, type StudyProcessSettings, startStudyProcess } from './study-process.ts';
import type { StudySpec } from './study-spec.ts';

/** A run whose trials a study suggests. Optuna's study has the name of the run. */
export interface StudyRun {
  readonly modelRunId: string;
  readonly spec: StudySpec;
}

/** A trial of a study. */
export interface StudyTrial {
  readonly trialId: string;
  /** Optuna's number of the trial, counted from 0; null if it is not known. */
  readonly number: number | null;
}

/** The values that the study suggests for a trial. */
export interface Suggestion {
  readonly number: number;
  readonly params: JsonObject;
}

/**
 * The Optuna studies of this bridge. Every call may be repeated. `ask` and `tell` reject with {@link StudyUnavailable}, after
 * which the same call may succeed, or with {@link StudyRefused}.
 */
export interface Studies {
  /**
   * Suggests the parameters of a trial.
   *
   * @param again whether the trial was asked for before, perhaps by another bridge: it then has the same number and values.
   */
  ask(run: StudyRun, trial: StudyTrial & { readonly again: boolean }): Promise<Suggestion>;
  /** Ends a trial in the study; does nothing if it was never asked for. */
  tell(run: StudyRun, trial: StudyTrial, outcome: StudyOutcome): Promise<void>;
  /** Records an intermediate value. Resolves with whether to prune the trial; false also if the study cannot be reached. */
  report(run: StudyRun, trial: StudyTrial, step: number, value: number): Promise<boolean>;
  /** Kills the process, which rejects the calls that wait, and resolves when no process is left. */
  close(): Promise<void>;
}

export interface StudiesSettings extends StudyProcessSettings {
  /** Time for one call, in milliseconds. The first call of a study of 10,000 trials takes seconds. */
  readonly callTimeoutMs: number;
  /** Calls that wait for their turn, at most. */
  readonly maxWaiting: number;
}

export const STUDY_LIMITS = { callTimeoutMs: 60_000, maxWaiting: 1_000 } as const;

type StudyOperation = 'ask' | 'tell' | 'report';

/** Pauses after failures, in which calls fail at once: each start costs half a second of a core. */
const PAUSES: BackoffPolicy = { firstMs: 500, greatestMs: 30_000 };
const MAX_UNCERTAIN = 10_000;

/** The study process is started by the first call, and again by the next call after it has ended. */
export function createStudies(settings: StudiesSettings, { log, metrics }: Telemetry): Studies {
  /** Trials whose ask had no answer: Optuna may have them. */
  const uncertain = new BoundedCache<string, true>(MAX_UNCERTAIN);
  const closing = new AbortController();
  let process: StudyProcess | undefined;
  let turn: Promise<unknown> = Promise.resolve();
  let waiting = 0;
  let failures = 0;
  let pausedUntilMs = 0;
  let lastFailure = '';

  async function running(): Promise<StudyProcess> {
    if (process !== undefined && !process.hasEnded) return process;
    metrics.bridgeStudyStarts.inc();
    process = await startStudyProcess(settings, closing.signal);
    return process;
  }

  async function attempt(call: JsonObject): Promise<JsonObject> {
    const { callTimeoutMs } = settings;
    try {
      return await (await running()).call(call, callTimeoutMs);
    } catch (error) {
      // The process ends by itself when it needs much memory, and it may be killed; a second end is no accident.
      if (!(error instanceof StudyProcessEnded) || closing.signal.aborted) throw error;
      log.warn({ cause: error }, 'the study process has ended; starting it again');
      return (await running()).call('again' in call ? { ...call, again: true } : call, callTimeoutMs);
    }
  }

  async function perform(call: JsonObject, queuedAtMs: number): Promise<JsonObject> {
    const now = performance.now();
    if (closing.signal.aborted) throw new StudyUnavailable('The bridge is stopping');
    if (now < pausedUntilMs) throw new StudyUnavailable(lastFailure);
    if (now - queuedAtMs > settings.callTimeoutMs) throw new StudyUnavailable('Earlier calls of studies take too long');
    try {
      const result = await attempt(call);
      failures = 0;
      return result;
    } catch (error) {
      if (error instanceof StudyRefused || closing.signal.aborted) throw error;
      failures += 1;
      pausedUntilMs = performance.now() + backoffMs(PAUSES, failures, Math.random());
      lastFailure = (error as Error).message;
      log.warn({ cause: error, failures }, 'studies are unavailable');
      throw error instanceof StudyUnavailable ? error : new StudyUnavailable(lastFailure, { cause: error });
    }
  }

  /** Runs one call after another: the process answers in order, and the time of a call should not contain that of others. */
  async function call(op: StudyOperation, run: StudyRun, trial: StudyTrial, more: JsonObject): Promise<JsonObject> {
    const count = (outcome: string): void => metrics.bridgeStudyCalls.inc({ op, outcome });
    if (waiting >= settings.maxWaiting) {
      count('unavailable');
      throw new StudyUnavailable(`${waiting} calls of studies are waiting already`);
    }
    waiting += 1;
    const queuedAtMs = performance.now();
    const subject = { study: run.modelRunId, spec: run.spec, trial_id: trial.trialId, number: trial.number };
    const mine = turn.then(() => perform({ op, ...subject, ...more }, queuedAtMs));
    turn = mine.catch(() => {});
    try {
      const result = await mine;
      count('ok');
      return result;
    } catch (error) {
      count(error instanceof StudyRefused ? 'refused' : 'unavailable');
      throw error;
    } finally {
      waiting -= 1;
      metrics.bridgeStudySeconds.observe({ op }, (performance.now() - queuedAtMs) / 1_000);
    }
  }

  return {
    async ask(run, { again, ...trial }) {
      const key = `${run.modelRunId}/${trial.trialId}`;
      const asked = { again: again || uncertain.peek(key) === true };
      try {
        return (await call('ask', run, trial, asked)) as unknown as Suggestion;
      } catch (error) {
        if (!(error instanceof StudyRefused)) uncertain.set(key, true);
        throw error;
      }
    },
    async tell(run, trial, outcome) {
      await call('tell', run, trial, {
        state: outcome.state,
        value: outcome.state === 'complete' ? outcome.value : null,
      });
    },
    async report(run, trial, step, value) {
      try {
        const sent = Number.isFinite(value) ? value : String(value);
        const { prune } = await call('report', run, trial, { step, value: sent });
        return prune === true;
      } catch {
        // The failure was counted and logged; the trial continues without its study.
        return false;
      }
    },
    async close() {
      closing.abort();
      await turn;
      await process?.ended;
    },
  };
}
