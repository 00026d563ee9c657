import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readStudySpec } from '../../../src/bridge/study/study-spec.ts';
import { EVENT_LIMITS, Faults } from '../../../src/events/fault.ts';
import type { JsonObject } from '../../../src/events/values.ts';

function read(input: JsonObject): unknown {
  const faults = new Faults(EVENT_LIMITS.maxFaults);
  const spec = readStudySpec(input, faults, EVENT_LIMITS);
  if (spec === undefined) return faults.list.map(({ code, path }) => `${code} ${path}`);
  expect(faults.list).toEqual([]);
  return spec;
}

const spaceOf = (search_space: unknown): unknown => {
  const spec = read({ search_space, spectral_norm: true });
  if (Array.isArray(spec)) return spec;
  const { spectral_norm, ...others } = (spec as { search_space: Record<string, unknown> }).search_space;
  return others;
};

test('writes every default out', () => {
  expect(read({})).toEqual({
    search_space: { spectral_norm: { type: 'categorical', choices: [false, true], balanced: true } },
    metric: 'val_accuracy',
    direction: 'maximize',
    sampler: 'tpe',
    pruner: 'median',
    seed: null,
  });
});

test.each([
  [{ a: { type: 'float', low: 0, high: 1 } }, { a: { type: 'float', low: 0, high: 1 } }],
  [{ a: { type: 'log', low: 0.001, high: 1 } }, { a: { type: 'float', low: 0.001, high: 1, log: true } }],
  [{ a: { type: 'float', low: 0, high: 1, step: 0.25 } }, { a: { type: 'float', low: 0, high: 1, step: 0.25 } }],
  [{ a: { type: 'int', low: 1, high: 8, log: true } }, { a: { type: 'int', low: 1, high: 8, log: true } }],
  [{ a: ['sgd', 'adam', null, 2] }, { a: { type: 'categorical', choices: ['sgd', 'adam', null, 2] } }],
  [
    { a: { name: 'FloatDistribution', attributes: { step: null, low: 1e-3, high: 1, log: true } } },
    { a: { type: 'float', low: 1e-3, high: 1, log: true } },
  ],
  [
    { a: { name: 'IntDistribution', attributes: { log: true, step: 1, low: 1, high: 9 } } },
    { a: { type: 'int', low: 1, high: 9, step: 1, log: true } },
  ],
  [
    { a: { name: 'CategoricalDistribution', attributes: { choices: ['x'] } } },
    { a: { type: 'categorical', choices: ['x'] } },
  ],
])('reads %j', (given, expected) => {
  expect(spaceOf(given)).toEqual(expected);
});

test.each([
  [{ a: { type: 'gauss', low: 0, high: 1 } }, ['invalid_value search_space.a.type']],
  [{ a: { low: 0, high: 1 } }, ['missing_field search_space.a.type']],
  [{ a: 3 }, ['invalid_type search_space.a']],
  [{ a: { type: 'float', low: 0 } }, ['missing_field search_space.a.high']],
  [{ a: { type: 'float', low: '0', high: 1 } }, ['invalid_type search_space.a.low']],
  [{ a: { type: 'float', low: 2, high: 1 } }, ['invalid_value search_space.a']],
  [{ a: { type: 'float', low: -1.7e308, high: 1.7e308 } }, ['invalid_value search_space.a']],
  [{ a: { type: 'float', low: 0, high: Number.POSITIVE_INFINITY } }, ['invalid_value search_space.a.high']],
  [{ a: { type: 'float', low: 0, high: 1, step: 0 } }, ['invalid_value search_space.a.step']],
  [{ a: { type: 'float', low: 0, high: 1, log: true } }, ['invalid_value search_space.a.low']],
  [{ a: { type: 'float', low: 1, high: 2, log: true, step: 1 } }, ['invalid_value search_space.a.step']],
  [{ a: { type: 'int', low: 1, high: 8, log: true, step: 2 } }, ['invalid_value search_space.a.step']],
  [{ a: { type: 'int', low: 0.5, high: 1 } }, ['invalid_type search_space.a.low']],
  [{ a: { type: 'int', low: 0, high: 2 ** 53 } }, ['invalid_type search_space.a.high']],
  [{ a: { type: 'float', low: 0, hihg: 1, high: 1 } }, ['invalid_value search_space.a.hihg']],
  [{ a: { type: 'float', low: 0, high: 1, log: 'yes' } }, ['invalid_type search_space.a.log']],
  [{ a: [] }, ['invalid_value search_space.a.choices']],
  [{ a: [true, 1] }, ['invalid_value search_space.a.choices.1']],
  [{ a: [[1]] }, ['invalid_type search_space.a.choices.0']],
  [{ '': [1] }, ['invalid_value search_space.']],
  [{ a: 3, b: { type: 'int', low: 1 } }, ['invalid_type search_space.a', 'missing_field search_space.b.high']],
  [JSON.parse('{"__proto__": [1]}'), ['forbidden_key search_space']],
  [Object.fromEntries(Array.from({ length: 101 }, (_, index) => [`p${index}`, [1]])), ['too_many search_space']],
])('refuses the search space %j', (given, expected) => {
  expect(spaceOf(given)).toEqual(expected);
});

test.each([
  [{ spectral_norm: 'maybe' }, ['invalid_value spectral_norm']],
  [{ search_space: { spectral_norm: [0, 1] } }, ['invalid_value search_space.spectral_norm']],
  [{ search_space: { spectral_norm: [true] }, spectral_norm: false }, ['field_conflict spectral_norm']],
  [{ metric: '' }, ['invalid_value metric']],
  [{ direction: 'up' }, ['invalid_value direction']],
  [{ sampler: 'nsga' }, ['invalid_value sampler']],
  [{ pruner: 'none of them' }, ['invalid_value pruner']],
  [{ seed: -1 }, ['invalid_value seed']],
  [{ seed: 2 ** 32 }, ['invalid_value seed']],
  [
    { search_space: 1, metric: 2, seed: '3' },
    ['invalid_type search_space', 'invalid_type metric', 'invalid_value seed'],
  ],
])('refuses %j', (given, expected) => {
  expect(read(given)).toEqual(expected);
});

test('a flag is a search over one value, and an entry of the search space replaces the flag', () => {
  expect(read({ spectral_norm: 1 })).toMatchObject({
    search_space: { spectral_norm: { type: 'categorical', choices: [true] } },
  });
  expect(read({ search_space: { spectral_norm: [true, false] } })).toMatchObject({
    search_space: { spectral_norm: { type: 'categorical', choices: [true, false] } },
  });
});

test('a specification reads as itself, and any JSON is read or refused', () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.string(), fc.jsonValue()),
      fc.dictionary(fc.string(), fc.jsonValue()),
      (space, more) => {
        const spec = read({ ...more, search_space: space });
        if (Array.isArray(spec)) expect(spec.length).toBeGreaterThan(0);
        else expect(read(spec as JsonObject)).toEqual(spec);
      },
    ),
  );
});
