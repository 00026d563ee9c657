import { errorText } from '../api/error-text.ts';
import { isAddressable } from '../api/paths.ts';
import { counted } from '../format/counted.ts';

/** The fields of the form that starts a study, as they are typed. */
export interface StudyFields {
  /** Empty for a new id. */
  readonly run: string;
  readonly trials: string;
  readonly parallelism: string;
  readonly spectralNorm: string;
  /** JSON. */
  readonly space: string;
}

/** The remedy of each field that keeps the study from starting. */
export type StudyFaults = Readonly<Partial<Record<'run' | 'trials' | 'parallelism' | 'space', string>>>;

/** The greatest numbers that the server accepts. */
export const MOST_TRIALS = 100_000;
export const MOST_PARALLEL = 10_000;
const MOST_ID = 255;

/** Finds every fault that needs no server; it checks the rest, such as the bounds of a distribution. */
export function studyFaults({ run, trials, parallelism, space }: StudyFields): StudyFaults {
  return Object.fromEntries(
    Object.entries({
      run: runFault(run.trim()),
      trials: integerFault(trials, MOST_TRIALS),
      parallelism: integerFault(parallelism, MOST_PARALLEL),
      space: spaceFault(space),
    }).filter(([, fault]) => fault !== undefined),
  );
}

function runFault(run: string): string | undefined {
  if (!isAddressable(run)) return `Choose another id: no address can have "${run}".`;
  return run.length > MOST_ID
    ? `Shorten the id: it has ${run.length} characters; the maximum is ${MOST_ID}.`
    : undefined;
}

function integerFault(text: string, most: number): string | undefined {
  const isSound = /^\d{1,9}$/.test(text.trim()) && Number(text) >= 1 && Number(text) <= most;
  return isSound ? undefined : `Enter a whole number from 1 to ${most}.`;
}

const EXAMPLE = '{"type": "float", "low": 0.001, "high": 0.1}';

function spaceFault(text: string): string | undefined {
  let space: unknown;
  try {
    space = JSON.parse(text);
  } catch (error) {
    return `This is not JSON: ${errorText(error)}`;
  }
  if (!isObject(space))
    return 'Enter an object, in braces, with a distribution for each parameter; {} searches nothing.';
  const wrong = Object.entries(space).find(([, value]) => !isObject(value) && !Array.isArray(value));
  if (wrong === undefined) return undefined;
  return `${JSON.stringify(wrong[0].slice(0, 100))} needs a distribution such as ${EXAMPLE}, or an array of choices.`;
}

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The body of `POST /api/runs`, of fields without a fault. */
export const studyBody = ({ run, trials, parallelism, spectralNorm, space }: StudyFields): object => ({
  ...(run.trim() !== '' && { model_run_id: run.trim() }),
  n_trials: Number(trials),
  parallelism: Number(parallelism),
  search_space: JSON.parse(space) as unknown,
  spectral_norm: spectralNorm === 'both' ? 'both' : spectralNorm === 'true',
});

/** The text of the button. */
export const startText = (fields: StudyFields): string => {
  if (studyFaults(fields).trials !== undefined) return 'Start the study';
  return `Start ${counted(Number(fields.trials), 'trial')}`;
};
