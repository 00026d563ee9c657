import type { EventLimits, Faults } from '../../events/fault.ts';
import { isObject, type JsonObject, present, type Reader, readName, wrongType } from '../../events/values.ts';

/** A value that a categorical parameter can take. */
export type Choice = string | number | boolean | null;

/** The range of one parameter: one of Optuna's three distributions, as it is stored and sent to the study process. */
export type Distribution =
  | {
      readonly type: 'float';
      readonly low: number;
      readonly high: number;
      readonly step?: number;
      readonly log?: boolean;
    }
  | {
      readonly type: 'int';
      readonly low: number;
      readonly high: number;
      readonly step?: number;
      readonly log?: boolean;
    }
  | {
      readonly type: 'categorical';
      readonly choices: readonly Choice[];
      /** The trials take the choices in turn, so that each gets the same number of trials. */
      readonly balanced?: boolean;
    };

/** Names of `optuna.distributions`, as `distribution_to_json` writes them. */
const OPTUNA_NAMES: Readonly<Record<string, string>> = {
  FloatDistribution: 'float',
  IntDistribution: 'int',
  CategoricalDistribution: 'categorical',
};

const TYPES = ['float', 'log', 'int', 'categorical'] as const;
const RANGE_KEYS = ['type', 'low', 'high', 'step', 'log'];
const CHOICE_KEYS = ['type', 'choices', 'balanced'];
const MAX_CHOICES = 1_000;

/**
 * A distribution: `{"type": "float", "low": 0.001, "high": 0.1, "log": true}`, `{"type": "int", ...}`,
 * `{"type": "categorical", "choices": [...]}`. `"log"` as the type is a float on a logarithmic scale, an array is
 * categorical, and Optuna's own JSON (`{"name": "FloatDistribution", "attributes": {...}}`) is accepted too.
 */
export const readDistribution: Reader<Distribution> = (value, path, faults, limits) => {
  if (Array.isArray(value)) return readCategorical({ choices: value }, path, faults, limits);
  if (!isObject(value)) {
    return faults.add('invalid_type', path, wrongType('a distribution or an array of choices', value));
  }
  const given = fromOptuna(value);
  const type = TYPES.find((name) => name === given.type);
  if (!present(given.type)) {
    return faults.add('missing_field', `${path}.type`, `is required: one of ${TYPES.join(', ')}`);
  }
  if (type === undefined) {
    return faults.add('invalid_value', `${path}.type`, `expected one of ${TYPES.join(', ')}`);
  }
  if (type === 'categorical') return readCategorical(given, path, faults, limits);
  return readRange(type === 'log' ? { ...given, log: true } : given, type === 'int' ? 'int' : 'float', path, faults);
};

function fromOptuna(value: JsonObject): JsonObject {
  const type = OPTUNA_NAMES[String(value.name)];
  return type !== undefined && isObject(value.attributes) ? { type, ...value.attributes } : value;
}

function readRange(given: JsonObject, type: 'float' | 'int', path: string, faults: Faults): Distribution | undefined {
  refuseUnknown(given, RANGE_KEYS, path, faults);
  const number = type === 'int' ? readInteger : readFinite;
  const [low, high] = [required('low'), required('high')];
  const step = present(given.step) ? number(given.step, `${path}.step`, faults) : undefined;
  const log = readFlag(given.log, `${path}.log`, faults);
  if (low === undefined || high === undefined) return undefined;
  const sound = [
    low <= high || faults.add('invalid_value', path, `low must not exceed high, got ${low} and ${high}`),
    // Optuna draws from the width of the range, which must be a double too.
    Number.isFinite(high - low) ||
      faults.add('invalid_value', path, `high - low exceeds the range of a double, got ${low} and ${high}`),
    step === undefined || step > 0 || faults.add('invalid_value', `${path}.step`, `must be > 0, got ${step}`),
    !log || low > 0 || faults.add('invalid_value', `${path}.low`, `must be > 0 on a logarithmic scale, got ${low}`),
    // Optuna gives integers the step 1 by default, also on a logarithmic scale.
    !log ||
      step === undefined ||
      (type === 'int' && step === 1) ||
      faults.add('invalid_value', `${path}.step`, 'cannot be combined with log'),
  ];
  if (!sound.every(Boolean)) return undefined;
  return { type, low, high, ...(step === undefined ? {} : { step }), ...(log ? { log } : {}) };

  function required(name: 'low' | 'high'): number | undefined {
    if (present(given[name])) return number(given[name], `${path}.${name}`, faults);
    return faults.add('missing_field', `${path}.${name}`, 'is required');
  }
}

function readCategorical(
  given: JsonObject,
  path: string,
  faults: Faults,
  limits: EventLimits,
): Distribution | undefined {
  refuseUnknown(given, CHOICE_KEYS, path, faults);
  const at = `${path}.choices`;
  const { choices } = given;
  const balanced = readFlag(given.balanced, `${path}.balanced`, faults);
  if (!present(choices)) return faults.add('missing_field', at, 'is required');
  if (!Array.isArray(choices)) return faults.add('invalid_type', at, wrongType('an array', choices));
  if (choices.length === 0) return faults.add('invalid_value', at, 'must not be empty');
  if (choices.length > MAX_CHOICES) {
    return faults.add('too_many', at, `has ${choices.length} entries; the maximum is ${MAX_CHOICES}`);
  }
  const read = choices.map((choice: unknown, index) => readChoice(choice, `${at}.${index}`, faults, limits));
  if (read.includes(undefined)) return undefined;
  // Python, where Optuna compares them, counts true as 1 and false as 0.
  const keys = read.map((choice) => (typeof choice === 'boolean' ? Number(choice) : choice));
  const repeated = keys.findIndex((key, index) => keys.indexOf(key) < index);
  if (repeated >= 0) {
    const shown = JSON.stringify(read[repeated]);
    return faults.add('invalid_value', `${at}.${repeated}`, `${shown} equals an earlier choice`);
  }
  return { type: 'categorical', choices: read as Choice[], ...(balanced ? { balanced } : {}) };
}

const readChoice: Reader<Choice> = (value, path, faults, limits) => {
  if (value === null || typeof value === 'boolean') return value;
  if (typeof value === 'string') return value === '' ? value : readName(value, path, faults, limits);
  if (typeof value === 'number') return readFinite(value, path, faults);
  return faults.add('invalid_type', path, wrongType('a string, number, boolean or null', value));
};

function readFinite(value: unknown, path: string, faults: Faults): number | undefined {
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  if (typeof value === 'number') return faults.add('invalid_value', path, 'the number is beyond the range of a double');
  return faults.add('invalid_type', path, wrongType('a number', value));
}

function readInteger(value: unknown, path: string, faults: Faults): number | undefined {
  if (Number.isSafeInteger(value)) return value as number;
  return faults.add('invalid_type', path, `expected an integer between -2^53 and 2^53, got ${JSON.stringify(value)}`);
}

function readFlag(value: unknown, path: string, faults: Faults): boolean | undefined {
  if (!present(value)) return undefined;
  return typeof value === 'boolean' ? value : faults.add('invalid_type', path, wrongType('true or false', value));
}

/** A misspelt key would otherwise change the search without notice. */
function refuseUnknown(given: JsonObject, known: readonly string[], path: string, faults: Faults): void {
  for (const key of Object.keys(given)) {
    if (known.includes(key)) continue;
    faults.add('invalid_value', `${path}.${key}`, `is not a key of this distribution; it has ${known.join(', ')}`);
  }
}
