import type { EventLimits, Faults } from '../../events/fault.ts';
import {
  isObject,
  type JsonObject,
  present,
  type Reader,
  readName,
  readOneOf,
  wrongType,
} from '../../events/values.ts';
import { type Distribution, readDistribution } from './distribution.ts';

/** The distribution of each parameter, by its name. */
export type SearchSpace = Readonly<Record<string, Distribution>>;

export const DIRECTIONS = ['maximize', 'minimize'] as const;
export const SAMPLERS = ['tpe', 'random'] as const;
export const PRUNERS = ['median', 'successive_halving', 'none'] as const;

/** A study as a command asks for it, with every default written out; the JSON that is stored and sent to Optuna. */
export interface StudySpec {
  readonly search_space: SearchSpace;
  /** The final metric of a trial that the study optimises. */
  readonly metric: string;
  readonly direction: (typeof DIRECTIONS)[number];
  readonly sampler: (typeof SAMPLERS)[number];
  readonly pruner: (typeof PRUNERS)[number];
  /** Makes the suggestions repeatable; null: Optuna chooses at random. */
  readonly seed: number | null;
}

export const STUDY_DEFAULTS = {
  metric: 'val_accuracy',
  direction: 'maximize',
  sampler: 'tpe',
  pruner: 'median',
} as const;

/** The greatest seed that Optuna's random generator accepts. */
const MAX_SEED = 2 ** 32 - 1;
const MAX_PARAMETERS = 100;

/**
 * Reads the members `search_space`, `spectral_norm` (`"both"`, the default, or a boolean), `metric`, `direction`, `sampler`,
 * `pruner` and `seed` of a command. Returns undefined, with every fault noted, if one of them does not fit.
 */
export function readStudySpec(input: JsonObject, faults: Faults, limits: EventLimits): StudySpec | undefined {
  const before = faults.list.length;
  const read = <T>(name: string, reader: Reader<T>, fallback: T): T | undefined =>
    present(input[name]) ? reader(input[name], name, faults, limits) : fallback;
  const spec = {
    search_space: withSpectralNorm(
      read('search_space', readSearchSpace, {}),
      read('spectral_norm', readFlagOrBoth, 'both'),
      faults,
    ),
    metric: read('metric', readName, STUDY_DEFAULTS.metric),
    direction: read('direction', readOneOf(DIRECTIONS), STUDY_DEFAULTS.direction),
    sampler: read('sampler', readOneOf(SAMPLERS), STUDY_DEFAULTS.sampler),
    pruner: read('pruner', readOneOf(PRUNERS), STUDY_DEFAULTS.pruner),
    seed: read('seed', readSeed, null),
  };
  // The list of faults is bounded, so that its length alone does not show a further one.
  const complete = Object.values(spec).every((value) => value !== undefined);
  return complete && faults.list.length === before ? (spec as StudySpec) : undefined;
}

const readSearchSpace: Reader<SearchSpace> = (value, path, faults, limits) => {
  if (!isObject(value)) return faults.add('invalid_type', path, wrongType('an object', value));
  const names = Object.keys(value);
  if (names.length > MAX_PARAMETERS) {
    return faults.add('too_many', path, `has ${names.length} parameters; the maximum is ${MAX_PARAMETERS}`);
  }
  const space: Record<string, Distribution> = {};
  for (const name of names) {
    if (name === '__proto__') faults.add('forbidden_key', path, 'a parameter must not be named __proto__');
    else if (readName(name, `${path}.${name.slice(0, 100)}`, faults, limits) !== undefined) {
      const distribution = readDistribution(value[name], `${path}.${name}`, faults, limits);
      if (distribution !== undefined) space[name] = distribution;
    }
  }
  return space;
};

/**
 * The flag is a parameter like the others, so that Optuna records it. "both" divides the trials equally: a sampler that
 * favours one value would leave the comparison with few trials of the other.
 */
function withSpectralNorm(
  space: SearchSpace | undefined,
  flag: boolean | 'both' | undefined,
  faults: Faults,
): SearchSpace | undefined {
  if (space === undefined || flag === undefined) return undefined;
  const given = space.spectral_norm;
  if (given === undefined) {
    const spectral_norm: Distribution =
      flag === 'both'
        ? { type: 'categorical', choices: [false, true], balanced: true }
        : { type: 'categorical', choices: [flag] };
    return { ...space, spectral_norm };
  }
  if (given.type !== 'categorical' || !given.choices.every((choice) => typeof choice === 'boolean')) {
    return faults.add('invalid_value', 'search_space.spectral_norm', 'must be categorical, with true, false or both');
  }
  if (flag === 'both') return space;
  return faults.add('field_conflict', 'spectral_norm', 'is also in search_space; give it once');
}

const readFlagOrBoth: Reader<boolean | 'both'> = (value, path, faults) => {
  if (value === true || value === 'true' || value === 1) return true;
  if (value === false || value === 'false' || value === 0) return false;
  return value === 'both' ? value : faults.add('invalid_value', path, 'expected true, false or "both"');
};

const readSeed: Reader<number> = (value, path, faults) =>
  Number.isInteger(value) && (value as number) >= 0 && (value as number) <= MAX_SEED
    ? (value as number)
    : faults.add('invalid_value', path, `expected an integer from 0 to ${MAX_SEED}`);
