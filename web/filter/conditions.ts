import { MOST_CONDITIONS } from '../api/most-conditions.ts';

/** A condition on trials as the API and the address state it, such as `metric.loss` and `lt:0.5`. */
export interface Condition {
  /** `metric.NAME`, `param.NAME` or `spectral_norm`. */
  readonly key: string;
  readonly test: string;
}

export const NORM_KEY = 'spectral_norm';
const isKey = (key: string): boolean => key === NORM_KEY || /^(metric|param)\../s.test(key);

export const OPERATORS = [
  ['eq', '='],
  ['lt', '<'],
  ['lte', '≤'],
  ['gt', '>'],
  ['gte', '≥'],
] as const;
export type Operator = (typeof OPERATORS)[number][0];

/** The conditions of an address. */
export const readConditions = (query: URLSearchParams): readonly Condition[] =>
  [...query].flatMap(([key, test]) => (isKey(key) && test !== '' ? [{ key, test }] : []));

export function appendConditions(query: URLSearchParams, conditions: readonly Condition[]): void {
  for (const { key, test } of conditions) query.append(key, test);
}

/** The parameters of an address after a change of its conditions: those that are no longer there are null. */
export function conditionParameters(
  before: readonly Condition[],
  after: readonly Condition[],
): Record<string, readonly string[] | null> {
  const keys = new Set([...before, ...after].map(({ key }) => key));
  return Object.fromEntries(
    [...keys].map((key) => {
      const tests = after.flatMap((each) => (each.key === key ? [each.test] : []));
      return [key, tests.length === 0 ? null : tests];
    }),
  );
}

/** `loss < 0.5` */
export function conditionText({ key, test }: Condition): string {
  const [, operator = 'eq', operand = test] = /^(eq|lte?|gte?):(.*)$/s.exec(test) ?? [];
  if (key === NORM_KEY) return operand === 'true' ? 'with spectral norm' : 'without spectral norm';
  const sign = OPERATORS.find(([name]) => name === operator)?.[1] ?? '=';
  return `${key.replace(/^(metric|param)\./, '')} ${sign} ${operand}`;
}

/** A condition, or what is wrong with it. */
export function makeCondition(key: string, operator: Operator, operand: string): Condition | string {
  if (!isKey(key)) return 'Choose a metric or parameter from the list.';
  const text = operand.trim();
  if (text === '') return 'Enter a value.';
  if (key === NORM_KEY) return { key, test: text };
  const isNumber = text !== '' && Number.isFinite(Number(text));
  const mayBeText = operator === 'eq' && (key.startsWith('param.') || /^(NaN|-?Infinity)$/.test(text));
  return isNumber || mayBeText ? { key, test: `${operator}:${text}` } : 'The value must be a number.';
}

/** The conditions and a further one, or the reason why it cannot be added. */
export function addCondition(
  conditions: readonly Condition[],
  key: string,
  operator: Operator,
  operand: string,
): readonly Condition[] | string {
  const made = makeCondition(key, operator, operand);
  if (typeof made === 'string') return made;
  const others = conditions.filter((each) => each.key !== NORM_KEY || made.key !== NORM_KEY);
  const next = [...others, made];
  return next.filter((each) => each.key !== NORM_KEY).length > MOST_CONDITIONS
    ? `At most ${MOST_CONDITIONS} conditions on parameters and metrics are possible.`
    : next;
}
