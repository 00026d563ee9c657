import { EVENT_LIMITS, type Faults } from '../../events/fault.ts';
import type { JsonObject } from '../../events/values.ts';
import { readStudySpec, type StudySpec } from '../study/study-spec.ts';
import { integerFrom, requiredField, unreadField } from './fields.ts';

/** A study as a `start_run` command carries it: the field `study` of the command, as JSON. */
export interface Study extends StudySpec {
  readonly n_trials: number;
}

/** Trials of one study, at most: Optuna slows down with their number. */
export const MAX_TRIALS = 100_000;

/** Bytes of the payloads of all trials of a study, at most: the queue, the log and the tables have a copy for each trial. */
const MAX_PAYLOAD_BYTES = 1_073_741_824;

/** Notes a fault if the payload of a study is too large for its number of trials. @param payload JSON text. */
export function checkPayload(payload: string | null, n_trials: number, faults: Faults): void {
  const most = Math.floor(MAX_PAYLOAD_BYTES / n_trials);
  const bytes = Buffer.byteLength(payload ?? '');
  if (bytes <= most) return;
  const message = `has ${bytes} bytes, and each of ${n_trials} trials gets a copy; the maximum is ${most}: store the data elsewhere and pass its address`;
  faults.add('invalid_value', 'payload', message);
}

/** The fields of a request that are the study; {@link readStudySpec} reads all but the first. */
export const STUDY_FIELDS = {
  n_trials: requiredField(integerFrom(1, MAX_TRIALS)),
  search_space: unreadField,
  spectral_norm: unreadField,
  metric: unreadField,
  direction: unreadField,
  sampler: unreadField,
  pruner: unreadField,
  seed: unreadField,
} as const;

/** Reads the study of a request. Returns undefined, with every fault noted, if a field of it does not fit. */
export function readStudy(input: JsonObject, n_trials: number | undefined, faults: Faults): Study | undefined {
  const spec = readStudySpec(input, faults, EVENT_LIMITS);
  return spec === undefined || n_trials === undefined ? undefined : { n_trials, ...spec };
}
