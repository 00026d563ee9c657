import type { IncomingMessage } from 'node:http';
import { expect, test } from '@jest/globals';
import { FILTER, STATUS } from '../../src/queries/parameters.ts';
import { QueryReader } from '../../src/queries/query-reader.ts';
import { FILTER_NAMES, FILTER_PREFIXES, readTrialFilter } from '../../src/queries/trial-filter.ts';
import { MOST_CONDITIONS } from '../../web/api/most-conditions.ts';

const PATTERNS = Object.entries(
  FILTER.flatMap(({ schema }) => schema as { patternProperties?: Record<string, { pattern: string }> }).find(
    ({ patternProperties }) => patternProperties !== undefined,
  )?.patternProperties ?? {},
);

function isDescribed(name: string, text: string): boolean {
  const found = PATTERNS.find(([start]) => new RegExp(start, 'u').test(name));
  return found !== undefined && new RegExp(found[1].pattern, 'u').test(text);
}

function isAccepted(parameters: [string, string][]): boolean {
  const url = `/api/trials?${new URLSearchParams(parameters)}`;
  try {
    readTrialFilter(new QueryReader({ url } as IncomingMessage, FILTER_NAMES, FILTER_PREFIXES));
    return true;
  } catch {
    return false;
  }
}

test.each([
  ['param.optimizer', 'adam', true],
  ['param.optimizer', '', true],
  ['param.optimizer', 'eq:adam', true],
  ['param.note', 'two\nlines', true],
  ['param.note', 'c\u001f\u009e', true],
  ['param.lr', 'gte:1e-3', true],
  ['param.lr', 'lt:+.5', true],
  ['param.lr', 'lte:5.', true],
  ['param.lr', 'lt:adam', false],
  ['param.lr', 'gte:', false],
  ['metric.loss', '0.5', true],
  ['metric.loss', 'eq:-1E+2', true],
  ['metric.loss', 'NaN', true],
  ['metric.loss', 'eq:-Infinity', true],
  ['metric.loss', 'gt:Infinity', false],
  ['metric.loss', '+Infinity', false],
  ['metric.loss', 'low', false],
  ['metric.loss', '', false],
  ['metric.loss', '1e1000', false],
])('the condition %s=%j is accepted, as the description says: %s', (name, text, is) => {
  expect([isDescribed(name, text), isAccepted([[name, text]])]).toEqual([is, is]);
});

test('an empty run is refused, because no trial would match', () => {
  expect(isAccepted([['model_run_id', '']])).toBe(false);
});

test('a status may be given as often as the description says', () => {
  const { maxItems: most } = STATUS.schema as { maxItems: number };
  const times = (count: number): [string, string][] => Array.from({ length: count }, () => ['status', 'failed']);
  expect([isAccepted(times(most)), isAccepted(times(most + 1))]).toEqual([true, false]);
});

test('the limit of conditions in the pages is that of the server', () => {
  const conditions = (count: number): [string, string][] =>
    Array.from({ length: count }, (_, n) => [`param.p${n}`, 'eq:1']);
  expect([isAccepted(conditions(MOST_CONDITIONS)), isAccepted(conditions(MOST_CONDITIONS + 1))]).toEqual([true, false]);
});
