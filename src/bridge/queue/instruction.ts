import type { TrialCommand } from '../../avro/records.ts';
import { parseExactly } from '../../events/exact-number.ts';
import { EVENT_LIMITS, Faults } from '../../events/fault.ts';
import { normaliseId } from '../../events/ids.ts';
import { readJsonObject } from '../../events/json-object.ts';
import { isStart } from '../../events/merge.ts';
import { isTime } from '../../events/timestamp.ts';
import { isObject, readId, readName } from '../../events/values.ts';
import type { Cancellation, NamedRun, NewTrial, StartedRun } from '../../store/tables/bridge-commands.ts';
import { integerFrom } from '../commands/fields.ts';
import { GREATEST_PARALLELISM, GREATEST_PRIORITY, LONGEST_TIMEOUT_MS } from '../commands/parse-command.ts';
import { checkPayload, MAX_TRIALS, readStudy } from '../commands/study-fields.ts';
import { describeFaults } from './trial-events.ts';

/** A command as the queue carries it out. */
export type Instruction =
  | { readonly kind: 'start'; readonly run: StartedRun }
  | { readonly kind: 'trial'; readonly run: NamedRun; readonly trial: NewTrial }
  | { readonly kind: 'cancel'; readonly run: NamedRun; readonly cancellation: Cancellation };

export type ReadInstruction =
  | { readonly ok: true; readonly instruction: Instruction }
  | { readonly ok: false; readonly message: string };

/** Reads a command of any producer; those of this system's routes have no fault. */
export function readInstruction(command: TrialCommand, traceparent: string | null): ReadInstruction {
  const faults = new Faults(EVENT_LIMITS.maxFaults);
  const instruction = instructionOf(command, traceparent, faults);
  if (instruction !== undefined && faults.list.length === 0) return { ok: true, instruction };
  return { ok: false, message: describeFaults(faults.list) };
}

function instructionOf(command: TrialCommand, traceparent: string | null, faults: Faults): Instruction | undefined {
  const { operation, model_run_id, trial_id, requested_at } = command;
  // A trial that an earlier version has queued under an id that is no longer accepted can still be cancelled.
  const readTrialId = isStart(command) ? readId : readName;
  readTrialId(model_run_id, 'model_run_id', faults, EVENT_LIMITS);
  const ofTrial = operation === 'run_trial' || operation === 'cancel_trial';
  if (trial_id !== null) readTrialId(trial_id, 'trial_id', faults, EVENT_LIMITS);
  if (ofTrial && trial_id === null) faults.add('missing_field', 'trial_id', `is required by ${operation}`);
  if (!isTime(requested_at)) faults.add('invalid_value', 'requested_at', 'is outside the years 1 to 9999');
  checkLimits(command, faults);
  const { priority, parallelism } = command;
  const run: NamedRun = { model_run_id, requested_at, priority, parallelism };
  if (!isStart(command)) {
    const cancelled = operation === 'cancel_trial' ? trial_id : null;
    return { kind: 'cancel', run, cancellation: { model_run_id, trial_id: cancelled, requested_at } };
  }
  const content = {
    command_id: normaliseId(command.command_id),
    payload: objectText(command.payload, 'payload', faults),
    spectral_norm: command.spectral_norm,
    timeout_ms: command.timeout_ms,
    correlation_id: command.correlation_id,
    traceparent,
  };
  if (operation === 'run_trial') {
    const hyperparams = objectText(command.hyperparams, 'hyperparams', faults);
    return {
      kind: 'trial',
      run,
      trial: { model_run_id, trial_id: trial_id ?? '', requested_at, priority, hyperparams, ...content },
    };
  }
  const study = studyOf(command.study, faults);
  if (study !== undefined) checkPayload(content.payload, study.n_trials, faults);
  return study && { kind: 'start', run: { ...run, ...content, study: command.study ?? '', trials: study.n_trials } };
}

function checkLimits({ priority, parallelism, timeout_ms, correlation_id }: TrialCommand, faults: Faults): void {
  integerFrom(-GREATEST_PRIORITY, GREATEST_PRIORITY)(priority, 'priority', faults, EVENT_LIMITS);
  if (parallelism !== null) integerFrom(1, GREATEST_PARALLELISM)(parallelism, 'parallelism', faults, EVENT_LIMITS);
  if (timeout_ms !== null) integerFrom(1, LONGEST_TIMEOUT_MS)(timeout_ms, 'timeout_ms', faults, EVENT_LIMITS);
  if (correlation_id !== null) readName(correlation_id, 'correlation_id', faults, EVENT_LIMITS);
}

/** The text of a JSON object, unchanged. */
function objectText(text: string | null, path: string, faults: Faults): string | null {
  if (text === null) return null;
  try {
    readJsonObject(parseExactly(text), path, faults, EVENT_LIMITS);
  } catch (error) {
    faults.add('malformed_json', path, `is not JSON: ${(error as Error).message}`);
  }
  return text;
}

function studyOf(text: string | null, faults: Faults): ReturnType<typeof readStudy> {
  if (text === null) return faults.add('missing_field', 'study', 'is required by start_run');
  try {
    const value: unknown = JSON.parse(text);
    if (!isObject(value)) return faults.add('invalid_type', 'study', 'must be a JSON object');
    const { n_trials, ...spec } = value;
    const trials = integerFrom(1, MAX_TRIALS)(n_trials, 'study.n_trials', faults, EVENT_LIMITS);
    return readStudy(spec, trials, faults);
  } catch (error) {
    return faults.add('malformed_json', 'study', `is not JSON: ${(error as Error).message}`);
  }
}
