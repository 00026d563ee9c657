import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parseExactly } from '../../src/events/exact-number.ts';
import type { Curves } from '../../src/queries/page-shapes.ts';
import type {
  Comparison,
  Facets,
  RunDetail,
  RunList,
  SeriesList,
  TrialDetail,
  TrialList,
} from '../../src/queries/shapes.ts';
import { accept } from '../events/receive.ts';
import { createQueryWorld, type QueryWorld, queryString } from './query-world.ts';

const IDS = [
  '<script>alert(1)</script>',
  `"quotes" 'and' \\backslashes\\ %2F / ? # & = +`,
  '🧪🏃‍♀️ emoji',
  '\u202eright-to-left\u202c',
  'x'.repeat(255),
  `=cmd|' /C calc'!A0`,
  '../..',
  '{run}',
] as const;
const GREAT_STEP = 2 ** 60;

let world: QueryWorld;

beforeAll(async () => {
  world = await createQueryWorld();
  for (const id of IDS) {
    const about = { model_run_id: id, trial_id: id };
    const parameters = parseExactly('{"seed": 1152921504606846977, "lr": 0.5}') as object;
    await world.write(
      accept('ml.run.start', { model_run_id: id, mlflow_run_id: id }),
      ...[
        [0, 1],
        [1, 'NaN'],
        [2, '-Infinity'],
        [3, 0.25],
      ].map(([step, value]) => accept('ml.run.metric', { ...about, step, measurements: { [id]: value } })),
      accept('ml.trial.complete', {
        ...about,
        parameters: { ...parameters, [id]: id },
        metrics: { [id]: 'NaN', ok: 1 },
      }),
    );
    // A record may have a greater step than an event that is posted as JSON.
    await world.tables.query(
      `insert into trial_metrics (trial_key, name_key, step, event_id, recorded_at, value)
       select trial_key, name_key, $2::bigint + 1, gen_random_uuid(), now(), 7 from metric_trials, metric_names
       where model_run_id = $1 and trial_id = $1 and name = $1`,
      [id, BigInt(GREAT_STEP)],
    );
  }
});
afterAll(() => world.close());

describe.each(IDS)('the id %j', (id) => {
  const path = encodeURIComponent(id);

  test('lists and shows its run', async () => {
    const { runs } = await world.get<RunList>(`/api/runs${queryString({ q: id })}`);
    expect(runs.map((run) => run.model_run_id)).toEqual([id]);
    const { run } = await world.get<RunDetail>(`/api/runs/${path}`);
    expect(run).toMatchObject({
      model_run_id: id,
      mlflow_run_id: id,
      metric_names: [id],
      trials: { total: 1, completed: 1 },
    });
  });

  test('lists its trial by id, by a parameter and by a metric of that name', async () => {
    for (const filter of [
      { model_run_id: id },
      { q: id },
      { [`param.${id}`]: `eq:${id}` },
      { [`metric.${id}`]: 'NaN' },
      { model_run_id: id, 'param.seed': '1152921504606846977' },
    ]) {
      const query = queryString({
        ...filter,
        column: [`param.${id}`, 'param.seed', `metric.${id}`],
        sort: `metric.${id}`,
      });
      const { trials, total } = await world.get<TrialList>(`/api/trials${query}`);
      expect({ total, ids: trials.map(({ trial_id }) => trial_id) }).toEqual({ total: 1, ids: [id] });
      expect(trials[0]).toMatchObject({
        parameters: { seed: '1152921504606846977', [id]: expect.any(String) },
        metrics: { [id]: 'NaN' },
      });
    }
    const { total } = await world.get<TrialList>(
      `/api/trials${queryString({ model_run_id: id, 'param.seed': '1152921504606846976' })}`,
    );
    expect(total).toBe(0);
  });

  test('shows its trial, and the trial of the MLflow run', async () => {
    const { trial } = await world.get<TrialDetail>(`/api/runs/${path}/trials/${path}`);
    expect(trial).toMatchObject({
      trial_id: id,
      parameters: { seed: '1152921504606846977', lr: 0.5, [id]: id },
      metrics: { [id]: 'NaN', ok: 1 },
      metric_names: [id],
    });
    expect(await world.get(`/api/mlflow/runs/${path}`)).toMatchObject({ model_run_id: id, trial_id: null });
  });

  test('reads its series with NaN, an infinity and a step beyond 2^53', async () => {
    for (const address of [
      `/api/runs/${path}/trials/${path}/metrics${queryString({ name: id })}`,
      `/api/runs/${path}/metrics${queryString({ name: id, trial: id })}`,
    ]) {
      const { series } = await world.get<SeriesList>(address);
      expect(series).toMatchObject([
        {
          trial_id: id,
          name: id,
          total: 5,
          nonfinite: 2,
          nonfinite_at: [
            { step: 1, value: 'NaN' },
            { step: 2, value: '-Infinity' },
          ],
          bucket_steps: 5_000_000_000_000_000,
          step: [3, '1152921504606846977'],
          last: [0.25, 7],
          min: [0.25, 7],
          max: [1, 7],
        },
      ]);
      const near = await world.get<SeriesList>(`${address}&to=3`);
      expect(near.series).toMatchObject([{ bucket_steps: 1, step: [0, 3], last: [1, 0.25], min: null, max: null }]);
    }
  });

  test('shows its facets, its comparison and its curves', async () => {
    const facets = await world.get<Facets>(`/api/runs/${path}/facets`);
    expect(facets.metric_names).toEqual([id]);
    expect(facets.parameters).toContainEqual({
      name: id,
      trials: 1,
      numbers: 0,
      min: null,
      max: null,
      distinct: 1,
      values: [{ value: expect.any(String), trials: 1 }],
    });
    expect(facets.parameters.find(({ name }) => name === 'seed')?.values).toEqual([
      { value: '1152921504606846977', trials: 1 },
    ]);
    expect(facets.metrics).toContainEqual({ name: id, trials: 1, nonfinite: 1, min: null, max: null });
    const group = { model_run_id: id, group_by: `param.${id}` };
    const { metrics } = await world.get<Comparison>(`/api/compare${queryString({ ...group, metric: ['ok', id] })}`);
    expect(metrics.map(({ groups }) => groups.map(({ n, left_out, best }) => [n, left_out.nan, best]))).toEqual([
      [[1, 0, { model_run_id: id, trial_id: id, value: 1 }]],
      [[0, 1, null]],
    ]);
    const curves = await world.get<Curves>(`/api/curves${queryString({ ...group, metric: id, buckets: 500 })}`);
    expect(curves).toMatchObject({ trials: 1, trials_read: 1, curves: [{ nonfinite: 2, n: [1, 1], mean: [0.25, 7] }] });
    expect(curves.curves[0]?.step).toEqual([0, '1150000000000000000']);
  });
});
