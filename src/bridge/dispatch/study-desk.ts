import { BoundedCache } from '../../bounded-cache.ts';
import { parseExactly } from '../../events/exact-number.ts';
import { EVENT_LIMITS, Faults } from '../../events/fault.ts';
import type { JsonObject, Measurements } from '../../events/values.ts';
import { type BackoffPolicy, backoffMs } from '../../runtime/backoff.ts';
import type { ClaimedTrial } from '../../store/tables/bridge-claims.ts';
import type { UntoldTrial } from '../../store/tables/bridge-outbox.ts';
import type { TrialEnding } from '../queue/trial-ending.ts';
import { describeFaults } from '../queue/trial-events.ts';
import type { Studies, StudyRun, Suggestion } from '../study/studies.ts';
import { StudyRefused } from '../study/study-error.ts';
import { type StudyOutcome, studyOutcome, type TrialEnd } from '../study/study-outcome.ts';
import { readStudySpec, type StudySpec } from '../study/study-spec.ts';

/** The studies, as the dispatcher uses them. */
export interface StudyDesk {
  /** False for a while after a call of a study failed: trials that need a study are then left in the queue. */
  readonly isAvailable: boolean;
  /** Rejects with `StudyUnavailable` or `StudyRefused`. */
  ask(trial: ClaimedTrial & { readonly study: string }): Promise<Suggestion>;
  /** Passes an intermediate value to the study. Resolves with whether to prune the trial. */
  report(trial: ClaimedTrial & { readonly study: string }, step: number, value: number): Promise<boolean>;
  /** Ends a trial in its study; may be repeated. */
  tell(trial: UntoldTrial): Promise<void>;
}

const PAUSES: BackoffPolicy = { firstMs: 1_000, greatestMs: 60_000 };
const MAX_SPECS = 1_000;

export function createStudyDesk(studies: Studies): StudyDesk {
  const runs = new BoundedCache<string, StudyRun>(MAX_SPECS);
  let failures = 0;
  let pausedUntilMs = 0;

  function runOf({ model_run_id, study }: { readonly model_run_id: string; readonly study: string }): StudyRun {
    const key = `${model_run_id}\n${study}`;
    const known = runs.get(key);
    if (known !== undefined) return known;
    const run = { modelRunId: model_run_id, spec: specOf(study) };
    runs.set(key, run);
    return run;
  }

  return {
    get isAvailable() {
      return performance.now() >= pausedUntilMs;
    },

    async ask(trial) {
      const { trial_id, optuna_number, epoch } = trial;
      try {
        const suggestion = await studies.ask(runOf(trial), {
          trialId: trial_id,
          number: optuna_number,
          // An earlier attempt may have asked without storing the answer.
          again: epoch > 1,
        });
        failures = 0;
        return suggestion;
      } catch (error) {
        if (!(error instanceof StudyRefused)) {
          failures += 1;
          pausedUntilMs = performance.now() + backoffMs(PAUSES, failures, Math.random());
        }
        throw error;
      }
    },

    report: (trial, step, value) =>
      studies.report(runOf(trial), { trialId: trial.trial_id, number: trial.optuna_number }, step, value),

    async tell(trial) {
      const run = runOf(trial);
      await studies.tell(run, { trialId: trial.trial_id, number: trial.optuna_number }, outcomeOf(run, trial));
    },
  };
}

/**
 * The study of a run, with its defaults: commands of other producers may leave them out. Throws `StudyRefused` for one with
 * faults: the queue dead-letters such a command, so that an earlier version with other rules has queued it.
 *
 * @param study JSON text.
 */
export function specOf(study: string): StudySpec {
  const faults = new Faults(EVENT_LIMITS.maxFaults);
  const spec = readStudySpec(JSON.parse(study) as JsonObject, faults, EVENT_LIMITS);
  if (spec === undefined) throw new StudyRefused(`the queued study has faults: ${describeFaults(faults.list)}`);
  return spec;
}

const STATUSES: Readonly<Record<UntoldTrial['outcome'], TrialEnd['status']>> = {
  completed: 'succeeded',
  failed: 'failed',
  skipped: 'skipped',
  cancelled: 'cancelled',
};

/** The outcome of an ended trial for its study; without a result it has failed. */
function outcomeOf({ spec }: StudyRun, { outcome, ending }: UntoldTrial): StudyOutcome {
  const end = ending === null ? undefined : (parseExactly(ending) as TrialEnding);
  const metrics = end?.kind === 'reported' ? end.trial.metrics : {};
  return studyOutcome(spec, { status: STATUSES[outcome], metrics: asNumbers(metrics) });
}

const asNumbers = (metrics: Readonly<Record<string, number | string>>): Measurements =>
  Object.fromEntries(Object.entries(metrics).map(([name, value]) => [name, Number(value)]));
