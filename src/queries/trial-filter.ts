import { doubleOf } from '../events/exact-number.ts';
import { STATUSES, type Status } from '../events/merge.ts';
import { malformed, type QueryReader, quoted } from './query-reader.ts';
import { shortText } from './short-text.ts';
import type { SqlText } from './sql-text.ts';

const OPERATORS = { eq: '=', lt: '<', lte: '<=', gt: '>', gte: '>=' } as const;
export type Operator = keyof typeof OPERATORS;

/** A condition on one parameter or final metric. */
export interface ValueCondition {
  readonly kind: 'param' | 'metric';
  readonly name: string;
  readonly operator: Operator;
  readonly operand: string;
}

/** Which trials a request is about. All conditions must hold. */
export interface TrialFilter {
  readonly runs: readonly string[];
  readonly statuses: readonly Status[];
  readonly spectralNorm: boolean | undefined;
  readonly mlflowRunId: string | undefined;
  readonly startedAfter: Date | undefined;
  readonly startedBefore: Date | undefined;
  /** Part of a run or trial id, in any case. */
  readonly text: string | undefined;
  readonly values: readonly ValueCondition[];
}

export const FILTER_NAMES = [
  'model_run_id',
  'status',
  'spectral_norm',
  'mlflow_run_id',
  'started_after',
  'started_before',
  'q',
] as const;
/** Starts of parameters with the name of a parameter or final metric: `param.lr=gte:0.001`. */
export const FILTER_PREFIXES = ['param.', 'metric.'] as const;

const MOST_CONDITIONS = 20;
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,3})?$/i;
const SPECIAL = /^(NaN|-?Infinity)$/;

export function readTrialFilter(query: QueryReader): TrialFilter {
  const norm = query.choice('spectral_norm', ['true', 'false']);
  const values = query.entries().flatMap(([name, texts]) => {
    const prefix = FILTER_PREFIXES.find((start) => name.startsWith(start));
    return prefix === undefined ? [] : texts.map((text) => readCondition(prefix, name.slice(prefix.length), text));
  });
  if (values.length > MOST_CONDITIONS) {
    throw malformed(`at most ${MOST_CONDITIONS} conditions on parameters and metrics are allowed`);
  }
  return {
    runs: query.ids('model_run_id'),
    statuses: query.choices('status', STATUSES),
    spectralNorm: norm === undefined ? undefined : norm === 'true',
    mlflowRunId: query.one('mlflow_run_id'),
    startedAfter: query.time('started_after'),
    startedBefore: query.time('started_before'),
    text: query.one('q') || undefined,
    values,
  };
}

function readCondition(prefix: (typeof FILTER_PREFIXES)[number], name: string, text: string): ValueCondition {
  const kind = prefix === 'param.' ? 'param' : 'metric';
  const [, found, rest = ''] = /^(eq|lte?|gte?):(.*)$/s.exec(text) ?? [];
  const operator = (found ?? 'eq') as Operator;
  const operand = found === undefined ? text : rest;
  const isNumber = NUMBER.test(operand) || (operator === 'eq' && kind === 'metric' && SPECIAL.test(operand));
  if (!isNumber && (kind === 'metric' || operator !== 'eq')) {
    throw malformed(
      `the parameter ${prefix}${quoted(name)} must be a number, or one after eq:, lt:, lte:, gt: or gte:, such as gte:0.5`,
    );
  }
  // A text of this form may be the value of a parameter; no number that is stored is equal to it.
  if (!(kind === 'param' && operator === 'eq') && !isDouble(operand)) {
    throw malformed(`the parameter ${prefix}${quoted(name)} is outside the range of a double`);
  }
  return { kind, name, operator, operand };
}

/** Postgres refuses the text of a number that a double cannot hold, such as 1e400 and 1e-400. */
const isDouble = (operand: string): boolean =>
  SPECIAL.test(operand) || Number.isFinite(doubleOf(operand.replace(/^\+/, '')));

/** The names of parameters and metrics whose keys the filter needs. */
export const namesOf = ({ values }: TrialFilter): readonly string[] => values.map(({ name }) => shortText(name, 255));

export type NameKeys = ReadonlyMap<string, number>;

/**
 * The filter as conditions on `trial_index k`, joined by "and".
 *
 * @param runPrefix the runs that the caller reaches.
 * @param keys the keys of all names of {@link namesOf} that exist.
 */
export function trialConditions(filter: TrialFilter, runPrefix: string, sql: SqlText, keys: NameKeys): string {
  const conditions: string[] = ['true'];
  if (runPrefix !== '') conditions.push(`starts_with(k.model_run_id, ${sql.value(runPrefix)})`);
  if (filter.runs.length > 0) conditions.push(`k.model_run_id = any(${sql.value(filter.runs)}::text[])`);
  if (filter.statuses.length > 0) conditions.push(`k.status = any(${sql.value(filter.statuses)}::text[])`);
  if (filter.spectralNorm !== undefined) conditions.push(`k.spectral_norm = ${sql.value(filter.spectralNorm)}`);
  if (filter.startedAfter !== undefined) conditions.push(`k.started_at > ${sql.value(filter.startedAfter)}`);
  if (filter.startedBefore !== undefined) conditions.push(`k.started_at < ${sql.value(filter.startedBefore)}`);
  if (filter.text !== undefined) {
    const text = sql.value(filter.text);
    const contains = (column: string) => `strpos(lower(k.${column}), lower(${text})) > 0`;
    conditions.push(`(${contains('model_run_id')} or ${contains('trial_id')})`);
  }
  if (filter.mlflowRunId !== undefined) {
    conditions.push(`(k.model_run_id, k.trial_id) in (
      select model_run_id, trial_id from cerebros_model_trials where mlflow_run_id = ${sql.value(filter.mlflowRunId)})`);
  }
  for (const condition of filter.values) conditions.push(valueCondition(condition, sql, keys));
  return conditions.join(' and ');
}

function valueCondition({ kind, name, operator, operand }: ValueCondition, sql: SqlText, keys: NameKeys): string {
  const key = keys.get(shortText(name, 255));
  if (key === undefined) return 'false';
  const [table, value] = kind === 'param' ? ['trial_parameters', 'num'] : ['trial_final_metrics', 'value'];
  const of = `select from ${table} e where e.name_key = ${sql.value(key)} and e.trial_key = k.trial_key`;
  if (kind === 'param' && operator === 'eq') return `exists (${of} and (${equals(operand, sql)}))`;
  const compared = `e.${value} ${OPERATORS[operator]} ${sql.value(operand)}::float8`;
  // Postgres sorts NaN after every number.
  const isNumber = operator === 'eq' ? '' : ` and e.${value} <> 'NaN'`;
  return `exists (${of} and ${compared}${isNumber})`;
}

/** A parameter is equal to a text if it is that text, that number or that boolean. */
function equals(operand: string, sql: SqlText): string {
  const text = `e.txt = ${sql.value(shortText(operand, 120))}`;
  if (operand === 'true' || operand === 'false') return `${text} or e.bool = ${operand}`;
  const isExact = Number.isSafeInteger(Number(operand)) || !/^[+-]?\d+$/.test(operand);
  return NUMBER.test(operand) && isExact && isDouble(operand)
    ? `${text} or e.num = ${sql.value(operand)}::float8`
    : text;
}
