import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { ComparedGroup, Comparison } from '../../src/queries/shapes.ts';
import { accept } from '../events/receive.ts';
import { createQueryWorld, type QueryWorld, queryString } from './query-world.ts';

let world: QueryWorld;

beforeAll(async () => {
  world = await createQueryWorld();
});
afterAll(() => world.close());

const value = fc.oneof(
  { weight: 6, arbitrary: fc.double({ min: -1e6, max: 1e6, noNaN: true }) },
  { weight: 2, arbitrary: fc.constantFrom(0.5, 0.5, 0.25) },
  { weight: 1, arbitrary: fc.constantFrom('NaN', 'Infinity', '-Infinity') },
);
const trial = fc.record({
  norm: fc.boolean(),
  loss: fc.option(value),
  accuracy: fc.option(value),
  optimizer: fc.option(fc.constantFrom('adam', 'sgd', 3, true, '3')),
});

/** The same figures, computed by Postgres alone from the documents of the trials. */
const bySql = (group: string, metric: string) =>
  world.tables.query<Readonly<Record<string, number>>>(
    `select ${group} as key, count(*)::int4 as trials, count(v) filter (where f)::int4 as n, avg(v) filter (where f) as mean,
       stddev_samp(v) filter (where f) as sd, min(v) filter (where f) as min, max(v) filter (where f) as max,
       percentile_cont(0.25) within group (order by v) filter (where f) as q1,
       percentile_cont(0.5) within group (order by v) filter (where f) as median,
       percentile_cont(0.75) within group (order by v) filter (where f) as q3,
       count(*) filter (where v = 'NaN')::int4 as nan, count(*) filter (where v in ('Infinity', '-Infinity'))::int4 as infinite,
       count(*) filter (where v is null)::int4 as no_value
     from (
       select t.*, (metrics ->> $1)::float8 as v, (metrics ->> $1) not in ('NaN', 'Infinity', '-Infinity') as f
       from cerebros_model_trials t
     ) t
     group by 1 order by 1 nulls last`,
    [metric],
  );

const FIGURES = ['trials', 'n', 'mean', 'sd', 'min', 'q1', 'median', 'q3', 'max'] as const;
const LEFT_OUT = ['no_value', 'nan', 'infinite'] as const;

function expectSame(group: ComparedGroup, expected: Readonly<Record<string, number | null>>): void {
  for (const name of FIGURES) {
    const [actual, wanted] = [group[name], expected[name] ?? null];
    if (actual === null || wanted === null) expect([name, actual]).toEqual([name, wanted]);
    // The sum of Postgres has the rounding of its order.
    else expect([name, Math.abs(actual - wanted) <= 1e-9 * Math.max(1, Math.abs(wanted))]).toEqual([name, true]);
  }
  for (const name of LEFT_OUT) expect([name, group.left_out[name]]).toEqual([name, expected[name]]);
}

/** SciPy, where the environment names a Python that has it; the table of test/statistics covers the rest. */
const SCIPY = process.env.SCIPY_PYTHON;

const WELCH = `
import json, sys
from scipy import stats
a, b = json.load(sys.stdin)
r = stats.ttest_ind(b, a, equal_var=False)
i = r.confidence_interval(0.95)
print(json.dumps([r.statistic, r.df, r.pvalue, i.low, i.high]))`;

async function finiteValues(norm: boolean): Promise<readonly number[]> {
  const rows = await world.tables.query<{ value: number }>(
    `select value from trial_final_metric_values where name = 'loss' and spectral_norm = $1
       and value > '-Infinity' and value < 'Infinity'`,
    [norm],
  );
  return rows.map((row) => row.value);
}

test('every figure equals that of SQL on random trials with NaN, infinities, single trials and empty groups', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(trial, { maxLength: 40 }), async (trials) => {
      await world.tables.empty();
      const events = trials.map(({ norm, loss, accuracy, optimizer }, n) =>
        accept('ml.trial.complete', {
          model_run_id: 'r',
          trial_id: `t${n}`,
          spectral_norm: norm,
          metrics: { ...(loss !== null && { loss }), ...(accuracy !== null && { accuracy }) },
          parameters: optimizer === null ? {} : { optimizer },
        }),
      );
      if (events.length > 0) await world.write(...events);
      const query = queryString({ metric: ['loss', 'accuracy'], best: 'min' });
      const found = await world.get<Comparison>(`/api/compare${query}`);
      expect(found.trials).toBe(trials.length);
      for (const { metric, groups, test: tested } of found.metrics) {
        const expected = await bySql('spectral_norm', metric);
        expect(groups.map(({ group }) => group)).toEqual(expected.map(({ key }) => [key]));
        for (const [index, group] of groups.entries()) {
          expectSame(group, expected[index] ?? {});
          expect(group.best?.value ?? null).toBe(group.min);
        }
        if (groups.length !== 2) expect(tested).toBeNull();
        else if (groups.some(({ n }) => n < 2)) expect(tested).toEqual({ reason: 'too_few' });
        else expect(tested).not.toEqual({ reason: 'too_few' });
      }
      const byOptimizer = await world.get<Comparison>(`/api/compare?metric=loss&group_by=param.optimizer`);
      const expected = await bySql(`parameters -> 'optimizer'`, 'loss');
      const groups = new Map(byOptimizer.metrics[0]?.groups.map((group) => [JSON.stringify(group.group[0]), group]));
      expect(groups.size).toBe(expected.length);
      for (const row of expected) expectSame(groups.get(JSON.stringify(row.key)) as ComparedGroup, row);
    }),
    { numRuns: 12, endOnFailure: true },
  );
});

test('the comparison of two groups is that of SciPy, and names the best trials', async () => {
  await world.tables.empty();
  const losses = [0.5, 0.25, 0.75, 0.5, 'NaN', 0.3, 0.9, 0.8, 1.5, 'Infinity', 0.7];
  await world.write(
    ...losses.map((loss, n) =>
      accept('ml.trial.complete', {
        model_run_id: 'r',
        trial_id: `t${n}`,
        spectral_norm: n > 4,
        metrics: { loss, double: typeof loss === 'number' ? loss * 2 : loss, same: 1 },
        parameters: { lr: n % 2 === 0 ? 0.1 : 0.01 },
      }),
    ),
  );
  const found = await world.get<Comparison>(
    `/api/compare${queryString({ metric: ['loss', 'double', 'same'], best: 'min' })}`,
  );
  const [loss, double, same] = found.metrics;
  expect(loss?.groups.map(({ group, n, best, left_out }) => ({ group, n, best, left_out }))).toEqual([
    {
      group: [false],
      n: 4,
      best: { model_run_id: 'r', trial_id: 't1', value: 0.25 },
      left_out: { no_value: 0, nan: 1, infinite: 0 },
    },
    {
      group: [true],
      n: 5,
      best: { model_run_id: 'r', trial_id: 't5', value: 0.3 },
      left_out: { no_value: 0, nan: 0, infinite: 1 },
    },
  ]);
  // stats.ttest_ind([0.3, 0.9, 0.8, 1.5, 0.7], [0.5, 0.25, 0.75, 0.5], equal_var=False) of SciPy 1.17.1.
  expect(loss?.test).toMatchObject({
    reason: null,
    t: expect.closeTo(EXPECTED.t, 9),
    df: expect.closeTo(EXPECTED.df, 9),
    p: expect.closeTo(EXPECTED.p, 9),
    difference: expect.closeTo(0.34, 9),
    p_holm: expect.closeTo(2 * EXPECTED.p, 9),
  });
  expect(double?.test).toMatchObject({ p: expect.closeTo(EXPECTED.p, 9) });
  expect(same?.test).toEqual({ reason: 'no_variance' });

  const two = await world.get<Comparison>(`/api/compare?metric=loss&group_by=spectral_norm&group_by=param.lr`);
  expect(two.group_by).toEqual(['spectral_norm', 'param.lr']);
  expect(two.metrics[0]?.groups.map(({ group, n }) => [...group, n])).toEqual([
    [false, 0.01, 2],
    [false, 0.1, 2],
    [true, 0.01, 2],
    [true, 0.1, 3],
  ]);
  if (SCIPY === undefined) return;
  const input = JSON.stringify([await finiteValues(false), await finiteValues(true)]);
  const [t, df, p] = JSON.parse(execFileSync(SCIPY, ['-c', WELCH], { input }).toString()) as number[];
  expect(loss?.test).toMatchObject({
    t: expect.closeTo(t ?? 0, 9),
    df: expect.closeTo(df ?? 0, 9),
    p: expect.closeTo(p ?? 0, 9),
  });
});

const EXPECTED = { t: 1.5516112260283648, df: 5.917728767470329, p: 0.17242009943965608 };

test('only filtered trials are compared', async () => {
  const found = await world.get<Comparison>('/api/compare?metric=loss&param.lr=0.1&metric.loss=lt:1');
  expect(found.trials).toBe(4);
});
