import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { PipelineState } from '../../src/kafka/admin/pipeline-state.ts';
import type { Adoption, Curves, TrialEvents } from '../../src/queries/page-shapes.ts';
import type { SeriesList } from '../../src/queries/shapes.ts';
import { accept } from '../events/receive.ts';
import { eventually } from '../support/eventually.ts';
import { createQueryWorld, type QueryWorld } from './query-world.ts';

const HOUR = 3_600_000;
const T0 = Date.UTC(2026, 4, 4, 10);
const TRIALS = 12;

let world: QueryWorld;

beforeAll(async () => {
  world = await createQueryWorld();
  await world.write(...Array.from({ length: TRIALS }, (_, n) => eventsOf(n)).flat());
});
afterAll(() => world.close());

/** Trials of different lengths, one of them with NaN; every third has spectral norm. */
function eventsOf(n: number) {
  const about = { model_run_id: 'r', trial_id: `t${n}`, spectral_norm: n % 3 === 0, timestamp: T0 + n * HOUR };
  return [
    accept('ml.trial.start', { ...about, hyperparams: { optimizer: n % 2 === 0 ? 'adam' : 'sgd' } }),
    ...Array.from({ length: 30 + n }, (_, step) =>
      accept('ml.run.metric', {
        ...about,
        step,
        measurements: { loss: n === 5 && step === 7 ? 'NaN' : (n + 1) / (step + 1) },
      }),
    ),
  ];
}

const bySql = (group: string) =>
  world.tables.query<Readonly<Record<string, number>>>(
    `with last as (
       select distinct on (trial_id, step / 10) ${group} as key, trial_id, step / 10 as bucket, value
       from trial_metric_points p join trials t using (model_run_id, trial_id)
       where p.name = 'loss' and p.value <> 'NaN' order by trial_id, step / 10, step desc
     ),
     extremes as (
       select ${group} as key, step / 10 as bucket, min(value) as least, max(value) as greatest
       from trial_metric_points p join trials t using (model_run_id, trial_id)
       where p.name = 'loss' and p.value <> 'NaN' group by 1, 2
     )
     select l.key, bucket::int4, count(*)::int4 as n, avg(value) as mean, min(e.least) as min, max(e.greatest) as max,
       percentile_cont(0.25) within group (order by value) as q1, percentile_cont(0.75) within group (order by value) as q3
     from last l join extremes e using (key, bucket) group by 1, 2 order by 1, 2`,
  );

test.each([
  ['spectral_norm', 'spectral_norm'],
  ['param.optimizer', `hyperparams ->> 'optimizer'`],
])('the curves by %s equal SQL over every point', async (groupBy, column) => {
  const found = await world.get<Curves>(`/api/curves?metric=loss&group_by=${groupBy}&buckets=5`);
  expect(found).toMatchObject({ trials: TRIALS, trials_read: TRIALS, bucket_steps: 10, groups_left_out: 0 });
  const rows = found.curves.flatMap(({ group, step, n, mean, min, q1, q3, max }) =>
    step.map((each, at) => ({
      key: group[0],
      bucket: Number(each) / 10,
      n: n[at],
      mean: mean[at],
      min: min[at],
      max: max[at],
      q1: q1[at],
      q3: q3[at],
    })),
  );
  const expected = (await bySql(column)).map(({ mean, ...row }) => ({ ...row, mean: expect.closeTo(mean ?? 0, 9) }));
  expect(rows).toEqual(expected);
  expect(found.curves.reduce((sum, { nonfinite }) => sum + nonfinite, 0)).toBe(1);
});

test('a sample of the trials is the same each time, and stated', async () => {
  const path = '/api/curves?metric=loss&trials_most=5';
  const found = await world.get<Curves>(path);
  expect(found).toMatchObject({ trials: TRIALS, trials_read: 5 });
  expect(found.curves.reduce((sum, { trials }) => sum + trials, 0)).toBe(5);
  expect((await world.get<Curves>(path)).curves).toEqual(found.curves);
});

test('a metric without points has no curve', async () => {
  expect(await world.get<Curves>('/api/curves?metric=none')).toMatchObject({ trials: TRIALS, curves: [] });
});

test('adoption counts the starts of each interval', async () => {
  await world.write(accept('ml.run.metric', { model_run_id: 'r', trial_id: 'late', measurements: { x: 1 } }));
  const found = await world.get<Adoption>('/api/adoption?model_run_id=r&intervals=4');
  const starts = Array.from({ length: TRIALS }, (_, n) => ({ at: T0 + n * HOUR, norm: n % 3 === 0 }));
  const width = 6 * HOUR;
  expect(found).toMatchObject({ trials: TRIALS + 1, not_started: 1, width_ms: width });
  const intervals = [...Map.groupBy(starts, ({ at }) => Math.floor(at / width) * width)];
  expect(found.start_ms).toEqual(intervals.map(([start]) => start));
  expect(found.with).toEqual(intervals.map(([, of]) => of.filter(({ norm }) => norm).length));
  expect(found.without).toEqual(intervals.map(([, of]) => of.filter(({ norm }) => !norm).length));
});

test('the points of an earlier attempt are read by its number, and the events of a trial by their time', async () => {
  const about = { model_run_id: 'r', trial_id: 'again' };
  const point = (attempt: number, step: number, value: number) =>
    accept('ml.run.metric', { ...about, attempt, step, measurements: { loss: value }, timestamp: T0 + step });
  await world.write(
    accept('ml.trial.start', { ...about, attempt: 1, timestamp: T0, hyperparams: { lr: 1 } }),
    point(1, 0, 9),
    point(1, 1, 8),
    point(2, 1, 70),
    accept('ml.trial.complete', { ...about, attempt: 2, timestamp: T0 + 5_000, metrics: { loss: 7 } }),
  );
  const series = async (query: string) =>
    (await world.get<SeriesList>(`/api/runs/r/trials/again/metrics?name=loss${query}`)).series[0];
  expect(await series('')).toMatchObject({ step: [1], last: [70] });
  expect(await series('&attempt=1')).toMatchObject({ step: [0, 1], last: [9, 8] });
  expect(await series('&attempt=1&to=0')).toMatchObject({ step: [0], total: 1 });
  const { events } = await world.get<TrialEvents>('/api/runs/r/trials/again/events');
  expect(events.map(({ timestamp, attempt, set }) => ({ timestamp, attempt, set }))).toEqual([
    { timestamp: T0, attempt: 1, set: ['hyperparams'] },
    { timestamp: T0 + 5_000, attempt: 2, set: expect.arrayContaining(['outcome', 'metrics']) },
  ]);
});

test('the state of the pipeline has every consumer that has committed, and is read at most every three seconds', async () => {
  const first = await world.get<PipelineState>('/api/pipeline');
  expect(first).toMatchObject({ dead_letters: 0, dead_letters_last_hour: 0, consumers: [] });
  // Two reads that a busy machine puts more than three seconds apart are two.
  await eventually(async () => {
    const [one, other] = [
      await world.get<PipelineState>('/api/pipeline'),
      await world.get<PipelineState>('/api/pipeline'),
    ];
    return other.read_at === one.read_at;
  });
});

test('a series of more points than are read at once is whole, also with many at one step', async () => {
  await world.write(
    accept('ml.run.metric', { model_run_id: 'r', trial_id: 'long', step: 30_000, measurements: { loss: 5 } }),
  );
  await world.tables.query(`
    insert into trial_metrics (trial_key, name_key, step, event_id, recorded_at, value)
    select trial_key, name_key, greatest(0, n - 25000), gen_random_uuid(), now(), n
    from metric_trials, metric_names, generate_series(1, 40000) n where trial_id = 'long' and name = 'loss'`);
  const address = '/api/runs/r/trials/long/metrics?name=loss';
  const [series] = (await world.get<SeriesList>(`${address}&buckets=2`)).series;
  expect(series).toMatchObject({
    total: 40_001,
    bucket_steps: 20_000,
    step: [15_000, 30_000],
    min: [1, 5],
    max: [40_000, 5],
  });
  const [first] = (await world.get<SeriesList>(`${address}&to=0`)).series;
  expect(first).toMatchObject({ total: 25_000, step: [0], min: [1], max: [25_000] });
});
