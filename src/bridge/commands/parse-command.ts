import type { TrialCommand } from '../../avro/records.ts';
import { EVENT_LIMITS, type Fault, Faults } from '../../events/fault.ts';
import { readJsonObject } from '../../events/json-object.ts';
import { type JsonObject, readBoolean, readId, readName } from '../../events/values.ts';
import type { CommandIds } from './command-ids.ts';
import { type FieldsOf, integerFrom, optionalField, readFields } from './fields.ts';
import { checkPayload, readStudy, STUDY_FIELDS, type Study } from './study-fields.ts';

/** The facts about a received request that are not in its body. */
export interface CommandReceipt {
  /** Epoch milliseconds. */
  readonly receivedAt: number;
  readonly ids: CommandIds;
}

export type ParsedCommands =
  | { readonly ok: true; readonly commands: readonly [TrialCommand, ...TrialCommand[]] }
  | { readonly ok: false; readonly faults: readonly Fault[] };

/** Trials in one request, at most. A study starts more with one command. */
export const MAX_TRIALS_IN_REQUEST = 1_000;
export const GREATEST_PRIORITY = 100;
export const GREATEST_PARALLELISM = 10_000;
/** A week. */
export const LONGEST_TIMEOUT_MS = 604_800_000;

const SHARED_FIELDS = {
  parallelism: optionalField(integerFrom(1, GREATEST_PARALLELISM)),
  priority: optionalField(integerFrom(-GREATEST_PRIORITY, GREATEST_PRIORITY)),
  timeout_ms: optionalField(integerFrom(1, LONGEST_TIMEOUT_MS)),
  payload: optionalField(readJsonObject),
  correlation_id: optionalField(readName),
} as const;

export const START_FIELDS = { model_run_id: optionalField(readId), ...STUDY_FIELDS, ...SHARED_FIELDS } as const;

export const TRIAL_FIELDS = {
  trial_id: optionalField(readId),
  hyperparams: optionalField(readJsonObject),
  spectral_norm: optionalField(readBoolean),
  ...SHARED_FIELDS,
} as const;

const json = (value: JsonObject | undefined): string | null => (value === undefined ? null : JSON.stringify(value));

const shared = (fields: FieldsOf<typeof SHARED_FIELDS>) => ({
  payload: json(fields.payload),
  timeout_ms: fields.timeout_ms ?? null,
  correlation_id: fields.correlation_id ?? null,
  priority: fields.priority ?? 0,
  parallelism: fields.parallelism ?? null,
});

/**
 * Reads the body of `POST /api/runs`. Finds all faults at once.
 *
 * @param runPrefix the start of the id of a run whose request names none.
 */
export function parseStart(input: unknown, runPrefix: string, { receivedAt, ids }: CommandReceipt): ParsedCommands {
  const faults = new Faults(EVENT_LIMITS.maxFaults);
  const fields = readFields(input, '', START_FIELDS, faults, EVENT_LIMITS);
  const study = fields && readStudy(input as JsonObject, fields.n_trials, faults);
  if (study !== undefined) checkPayload(json(fields?.payload), study.n_trials, faults);
  if (fields === undefined || study === undefined || faults.list.length > 0) return { ok: false, faults: faults.list };
  const command_id = ids.commandId('run', fields.model_run_id ?? '');
  const command: TrialCommand = {
    command_id,
    operation: 'start_run',
    requested_at: receivedAt,
    model_run_id: fields.model_run_id ?? `${runPrefix}study-${command_id}`.slice(0, EVENT_LIMITS.maxIdLength),
    trial_id: null,
    spectral_norm: onlyFlag(study),
    hyperparams: null,
    ...shared(fields),
    study: JSON.stringify(study),
  };
  return { ok: true, commands: [command] };
}

/** The `spectral_norm` of every trial of the study, if it is the same. */
function onlyFlag({ search_space: { spectral_norm } }: Study): boolean | null {
  if (spectral_norm?.type !== 'categorical' || spectral_norm.choices.length > 1) return null;
  return spectral_norm.choices[0] === true;
}

/** Reads the body of `POST /api/runs/{run}/trials`: one trial, or an array of them. Finds all faults at once. */
export function parseTrials(input: unknown, model_run_id: string, receipt: CommandReceipt): ParsedCommands {
  const faults = new Faults(EVENT_LIMITS.maxFaults);
  readId(model_run_id, 'run', faults, EVENT_LIMITS);
  const items = Array.isArray(input) ? input : [input];
  if (items.length === 0) faults.add('invalid_value', '', 'must contain at least one trial');
  if (items.length > MAX_TRIALS_IN_REQUEST) {
    faults.add('too_many', '', `has ${items.length} trials; the maximum is ${MAX_TRIALS_IN_REQUEST}`);
    return { ok: false, faults: faults.list };
  }
  const named = new Set<string>();
  const commands = items.flatMap((item: unknown, index): TrialCommand[] => {
    const path = Array.isArray(input) ? `[${index}]` : '';
    const fields = readFields(item, path, TRIAL_FIELDS, faults, EVENT_LIMITS);
    if (fields === undefined) return [];
    if (fields.trial_id !== undefined && named.has(fields.trial_id)) {
      faults.add('invalid_value', `${path}.trial_id`, 'is given twice in this request');
    }
    named.add(fields.trial_id ?? '');
    const searched = searchedFlag(fields.hyperparams);
    if (searched !== undefined && (fields.spectral_norm ?? searched) !== searched) {
      const at = path === '' ? 'spectral_norm' : `${path}.spectral_norm`;
      faults.add('field_conflict', at, `is ${fields.spectral_norm}, and ${searched} among the hyperparams`);
    }
    return [trialCommand(model_run_id, index, fields, receipt)];
  });
  const [first, ...rest] = commands;
  if (faults.list.length > 0 || first === undefined) return { ok: false, faults: faults.list };
  return { ok: true, commands: [first, ...rest] };
}

/** The `spectral_norm` among hyperparams; undefined if it is absent or no flag. */
const searchedFlag = (hyperparams: JsonObject | undefined): boolean | undefined =>
  readBoolean(hyperparams?.spectral_norm, 'spectral_norm', new Faults(1), EVENT_LIMITS);

function trialCommand(
  model_run_id: string,
  index: number,
  fields: FieldsOf<typeof TRIAL_FIELDS>,
  { receivedAt, ids }: CommandReceipt,
): TrialCommand {
  const command_id = ids.commandId('trial', model_run_id, fields.trial_id ?? index);
  return {
    command_id,
    operation: 'run_trial',
    requested_at: receivedAt,
    model_run_id,
    trial_id: fields.trial_id ?? `trial-${command_id}`,
    spectral_norm: fields.spectral_norm ?? searchedFlag(fields.hyperparams) ?? null,
    hyperparams: json(fields.hyperparams),
    ...shared(fields),
    study: null,
  };
}

/**
 * The command of `POST /api/runs/{run}/cancel`, or of the cancel of one trial. It may have an id that is no longer accepted,
 * because an earlier version may have started that trial.
 */
export function parseCancel(
  model_run_id: string,
  trial_id: string | null,
  { receivedAt, ids }: CommandReceipt,
): ParsedCommands {
  const faults = new Faults(EVENT_LIMITS.maxFaults);
  readName(model_run_id, 'run', faults, EVENT_LIMITS);
  if (trial_id !== null) readName(trial_id, 'trial', faults, EVENT_LIMITS);
  if (faults.list.length > 0) return { ok: false, faults: faults.list };
  const command: TrialCommand = {
    command_id: ids.commandId('cancel', model_run_id, trial_id ?? ''),
    operation: trial_id === null ? 'cancel_run' : 'cancel_trial',
    requested_at: receivedAt,
    model_run_id,
    trial_id,
    spectral_norm: null,
    hyperparams: null,
    ...shared({}),
    study: null,
  };
  return { ok: true, commands: [command] };
}
