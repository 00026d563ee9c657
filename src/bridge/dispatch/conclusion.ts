import { canonicalJson } from '../../events/ids.ts';
import type { JsonObject, Measurements } from '../../events/values.ts';
import type { AttemptEnd, TrialOutcome } from '../../store/tables/bridge-endings.ts';
import type { TrialEnding, TrialResult } from '../queue/trial-ending.ts';
import { describeFaults, type EventSubject, endingInputs, judgeEvents } from '../queue/trial-events.ts';
import { studyOutcome } from '../study/study-outcome.ts';
import type { TrialReported, TrialStatus } from '../worker/contract.ts';
import { boundedText } from '../worker/read-warnings.ts';
import type { Failed, Reported, WorkerOutcome } from '../worker/workers.ts';
import { specOf } from './study-desk.ts';
import type { ReadyTrial } from './trial-attempt.ts';

/** The consequence of an attempt. */
export type Conclusion =
  | { readonly kind: 'end'; readonly outcome: TrialOutcome; readonly ending: string; readonly attempt: AttemptEnd }
  /** The trial runs again if it has retries left, and else ends as failed. */
  | { readonly kind: 'fail'; readonly ending: string; readonly attempt: AttemptEnd };

/** The trial, and the study that chose its hyperparameters, if one did. */
type StudySubject = EventSubject & Pick<ReadyTrial, 'study' | 'optuna_number'>;

/** Far below the 1 MiB that an event may have in Kafka. */
const MAX_ENDING_BYTES = 524_288;
/** The limit of the field `error_message`. */
const MAX_MESSAGE = 65_536;
const MAX_WARNINGS = 100;
const MAX_WARNING = 1_000;

const OUTCOMES: Readonly<Record<TrialStatus, TrialOutcome>> = {
  succeeded: 'completed',
  failed: 'failed',
  skipped: 'skipped',
  cancelled: 'cancelled',
};

/**
 * The conclusion from the outcome of a worker. A result that cannot be an event, because it breaks a rule of events or is
 * too large, is a failure that names the rule.
 *
 * @param startedAt the start of the attempt, if its `ml.trial.start` is not known to be in Kafka.
 */
export function concludeAttempt(
  subject: StudySubject,
  outcome: WorkerOutcome,
  endedAt: number,
  startedAt: number | undefined,
): Conclusion {
  const started = startedAt === undefined ? {} : { started_at: startedAt };
  if (outcome.kind === 'failed') return failure(outcome, started);
  const reported = endingOf(subject, outcome, started);
  if (typeof reported === 'string') return failure(invalid(outcome, reported), started);
  const text = canonicalJson(reported);
  const judged = judgeEvents(endingInputs(subject, endedAt, reported), endedAt);
  if (!judged.ok) return failure(invalid(outcome, describeFaults(judged.faults)), started);
  if (Buffer.byteLength(text) > MAX_ENDING_BYTES) {
    return failure(invalid(outcome, `has more than ${MAX_ENDING_BYTES} bytes`), started);
  }
  const { trial } = reported;
  const attempt = attemptEndOf(trial.outcome, trial.error_message, trial.error_type, outcome);
  return { kind: 'end', outcome: trial.outcome, ending: text, attempt };
}

const invalid = ({ output, durationMs }: Reported, why: string): Failed => ({
  kind: 'failed',
  reason: 'invalid_result',
  message: `the result cannot be stored: ${why}`,
  output,
  durationMs,
  retryable: false,
  environmental: false,
});

type Started = Pick<Extract<TrialEnding, { kind: 'failed' }>, 'started_at'>;

/** The end of a trial that a request cancelled while this bridge had it. */
export const cancelledAttempt = (outcome?: WorkerOutcome): Conclusion => ({
  kind: 'end',
  outcome: 'cancelled',
  ending: canonicalJson({ kind: 'cancelled' } satisfies TrialEnding),
  attempt: attemptEndOf('cancelled', 'cancelled by a request', null, outcome),
});

/** The end of an attempt that its bridge gave back because it stops. */
export const releasedAttempt = (outcome?: WorkerOutcome): AttemptEnd =>
  attemptEndOf('released', 'the bridge stopped', null, outcome);

/** The end of a trial whose study refuses to choose its hyperparameters: asking again changes nothing. */
export const refusedAttempt = (message: string): Conclusion =>
  failure(
    {
      kind: 'failed',
      reason: 'invalid_payload',
      errorType: 'study_refused',
      message,
      output: '',
      durationMs: 0,
      retryable: false,
      environmental: false,
    },
    {},
  );

/** The end of an attempt after a fault of the bridge. It counts as a failure, so that the trial is not repeated forever. */
export function faultyAttempt({ message }: Error): Conclusion {
  const error_type = 'bridge_fault';
  const error_message = boundedText(message, MAX_MESSAGE);
  const ending = canonicalJson({ kind: 'failed', error_type, error_message, duration_ms: 0 } satisfies TrialEnding);
  return { kind: 'fail', ending, attempt: attemptEndOf(error_type, error_message, error_type) };
}

function failure(failed: Failed, started: Started): Conclusion {
  const error_type = (failed.errorType ?? failed.reason).slice(0, 255);
  const error_message = [failed.message, failed.traceback]
    .filter(Boolean)
    .join('\n\n')
    .slice(0, MAX_MESSAGE)
    .toWellFormed();
  const ending = canonicalJson({
    kind: 'failed',
    error_type,
    error_message,
    duration_ms: Math.round(failed.durationMs),
    ...started,
  } satisfies TrialEnding);
  const attempt = attemptEndOf(failed.reason, error_message, error_type, failed);
  return failed.retryable ? { kind: 'fail', ending, attempt } : { kind: 'end', outcome: 'failed', ending, attempt };
}

/** @param ended the outcome of the worker, if one had the trial. */
export function attemptEndOf(
  outcome: string,
  message: string | null,
  error_type: string | null,
  ended?: WorkerOutcome,
): AttemptEnd {
  const { returnCode = null, signal = null } = ended?.kind === 'failed' ? ended : {};
  return {
    outcome,
    message,
    error_type,
    return_code: returnCode,
    signal,
    duration_ms: ended?.durationMs ?? null,
    output: ended?.output || null,
  };
}

/** The ending of a reported trial, or the reason why there is none. */
function endingOf(
  subject: StudySubject,
  { trials, durationMs, warnings }: Reported,
  started: Started,
): Extract<TrialEnding, { kind: 'reported' }> | string {
  const own = trials.find(({ trialId }) => trialId === subject.trial_id);
  if (own === undefined) return `it has no trial ${subject.trial_id}`;
  const others = trials.filter(({ trialId, runId }) => trialId !== subject.trial_id && runId === subject.model_run_id);
  return {
    kind: 'reported',
    trial: {
      ...objectiveJudged(subject, own, reportedTrial(own, durationMs)),
      spectral_norm: subject.spectral_norm ?? (own.spectralNorm || null),
      warnings: boundedTexts([...own.warnings, ...warnings]),
    },
    others: others.map((trial) => ({ ...reportedTrial(trial, durationMs), trial_id: trial.trialId })),
    ...started,
  };
}

/** A trial of a study that succeeded without a finite value of the study's metric has failed. */
function objectiveJudged({ study, optuna_number }: StudySubject, own: TrialReported, result: TrialResult): TrialResult {
  if (own.status !== 'succeeded' || study === null || optuna_number === null) return result;
  const judged = studyOutcome(specOf(study), own);
  if (judged.state !== 'failed') return result;
  const { error_type, error_message } = judged;
  return { ...result, outcome: 'failed', error_type, error_message };
}

function reportedTrial(trial: TrialReported, durationMs: number): TrialResult {
  const { errorMessage, warnings } = trial;
  const text = errorMessage ?? (trial.status === 'succeeded' || warnings.length === 0 ? null : warnings.join('\n'));
  return {
    outcome: OUTCOMES[trial.status],
    // Unknown stays unknown: the contract's default of false is not a statement.
    spectral_norm: trial.spectralNorm || null,
    mlflow_run_id: trial.mlflowRunId,
    metrics: asTexts(trial.metrics),
    parameters: trial.parameters as JsonObject,
    duration_ms: Math.round(trial.durationMs ?? durationMs),
    rank: trial.rank,
    artifact_uri: trial.artifactUri,
    error_type: trial.errorType,
    error_message: text === null ? null : text.slice(0, MAX_MESSAGE).toWellFormed(),
    warnings: boundedTexts(warnings),
  };
}

/** The ends of the trials that a script ran by itself, for the queue. */
export const reportedEnds = ({ trials, durationMs }: Reported) =>
  trials.map((reported) => {
    const trial = reportedTrial(reported, durationMs);
    const ending = canonicalJson({ kind: 'reported', trial, others: [] } satisfies TrialEnding);
    return { trial_id: reported.trialId, outcome: trial.outcome, ending };
  });

const boundedTexts = (texts: readonly string[]): readonly string[] =>
  texts.slice(0, MAX_WARNINGS).map((text) => text.slice(0, MAX_WARNING).toWellFormed());

const asTexts = (metrics: Measurements): Readonly<Record<string, number | string>> =>
  Object.fromEntries(
    Object.entries(metrics).map(([name, value]) => [name, Number.isFinite(value) ? value : String(value)]),
  );
