import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import type { Curves } from '../../src/queries/page-shapes.ts';
import type { SeriesList, ShownSeries } from '../../src/queries/shapes.ts';
import { findPartitionStates } from '../../src/retention/find-partition-states.ts';
import { MOVE_STEPS } from '../../src/retention/move-partition.ts';
import { Pace } from '../../src/retention/pace.ts';
import { fillPartition, restoreTier, TierNotRestored } from '../../src/retention/restore-tier.ts';
import { RetentionRuns } from '../../src/retention/retention-lock.ts';
import { LOCK_NUMBERS } from '../../src/store/lock-numbers.ts';
import { findTiers } from '../../src/store/tables/metric-tiers.ts';
import { accept } from '../events/receive.ts';
import { createRetentionWorld, LONG_STEPS, oldEvents } from '../retention/retention-world.ts';
import { installTestPython } from '../runner/python.ts';

// Each test reads whole topics several times.
jest.setTimeout(600_000);

const world = await createRetentionWorld();
const { tables, pool } = world;
const ALL = 'trial=t0&trial=t1&trial=t2&trial=t3&trial=t8&trial=t9&name=loss&name=acc';

beforeAll(async () => {
  // Trials get their numbers in the order of arrival, which differs between the partitions of a topic.
  await tables.query(
    `insert into metric_trials (model_run_id, trial_id) select 'old', 't' || n from generate_series(0, 9) n order by n`,
  );
  await world.tell(oldEvents());
  await world.settle();
});
afterAll(() => world.close());

/** Everything that queries say about the points, with the words about their tier left out. */
async function answers() {
  const series = async (query: string) =>
    (await world.get<SeriesList>(`/api/runs/old/metrics?${query}`)).series.map(withoutTier);
  const { curves, bucket_steps, trials_read } = await world.get<Curves>(
    '/api/curves?metric=loss&group_by=spectral_norm',
  );
  return {
    series: await series(`${ALL}&buckets=50`),
    attempt: await series('trial=t3&name=loss&attempt=1'),
    curves: { curves, bucket_steps, trials_read },
    names: (await world.get<{ trial: { metric_names: string[] } }>('/api/runs/old/trials/t0')).trial.metric_names,
    export: (await world.text('/api/runs/old/metrics/export')).split('\r\n').sort(),
  };
}

const withoutTier = ({ resolution: _, source: __, nonfinite_at: ___, ...rest }: ShownSeries) => rest;
const exact = async () => (await world.get<SeriesList>(`/api/runs/old/metrics?${ALL}&resolution=exact`)).series;
const states = async () =>
  (await findPartitionStates(pool, new Date(Date.now() - 86_400_000))).map(({ first, state }) => ({ first, state }));
const rowsBefore = (end: number) =>
  tables.query('select * from trial_metrics where trial_key < $1 order by trial_key, name_key, step, event_id', [end]);

test('old points move without a change of any answer, wherever the move is interrupted', async () => {
  const [before, points] = [await answers(), await exact()];
  expect(points.every(({ resolution, source }) => resolution === 'exact' && source === 'table')).toBe(true);
  expect(await states()).toEqual([
    { first: 0, state: 'due' },
    { first: 4, state: 'due' },
    { first: 8, state: 'open' },
  ]);
  for (const step of MOVE_STEPS) {
    const dies = world.retain((_, reached) => {
      if (reached === step) throw new Error(`dies: ${step}`);
    });
    await expect(dies).rejects.toThrow(`dies: ${step}`);
    expect(await answers()).toEqual(before);
  }
  const moved = await world.retain();
  expect(moved.map(({ kind }) => kind)).toEqual(['moved']);
  expect(await states()).toEqual([{ first: 8, state: 'open' }]);
  expect(await answers()).toEqual(before);
  const { series } = await world.get<SeriesList>(`/api/runs/old/metrics?${ALL}&buckets=50`);
  expect(series[0]).toMatchObject({ resolution: 'rolled_up', source: 'rollups', total: LONG_STEPS });
  expect(await world.get<Curves>('/api/curves?metric=loss')).toMatchObject({
    resolution: 'rolled_up',
    source: 'both',
    trials_rolled_up: 7,
  });
  const read = await exact();
  expect(read.map(({ source: _, ...rest }) => rest)).toEqual(points.map(({ source: _, ...rest }) => rest));
  expect(read[0]).toMatchObject({ resolution: 'exact', source: 'files' });
});

test('a replay doubles nothing, and a late point is added to its tier', async () => {
  const before = await answers();
  await world.replay({});
  expect(await states()).toEqual([
    { first: 0, state: 'late' },
    { first: 4, state: 'late' },
    { first: 8, state: 'open' },
  ]);
  expect(await answers()).toEqual(before);
  const about = { model_run_id: 'old', trial_id: 't0', step: LONG_STEPS, timestamp: Date.now() - 50 * 86_400_000 };
  await world.tell([accept('ml.run.metric', { ...about, event_id: 'late', measurements: { loss: 77 } })]);
  await world.settle();
  expect(await answers()).toEqual(before);
  // An attempt whose points would wait for the tier: the answer does not claim to have every point.
  const later = await world.get<SeriesList>('/api/runs/old/metrics?trial=t0&name=loss&attempt=7');
  expect(later.series).toMatchObject([{ total: 0, resolution: 'rolled_up', source: 'rollups' }]);
  expect((await world.retain()).map(({ kind }) => kind)).toEqual(['moved', 'moved']);
  expect(await states()).toEqual([{ first: 8, state: 'open' }]);
  const [loss] = await exact();
  expect(loss).toMatchObject({ total: LONG_STEPS + 1 });
  expect(loss?.last.at(-1)).toBe(77);
  const [rolledUp] = (await world.get<SeriesList>('/api/runs/old/metrics?trial=t0&name=loss')).series;
  expect(rolledUp).toMatchObject({ total: LONG_STEPS + 1, bucket_steps: 10, source: 'rollups' });
  expect(rolledUp?.max?.at(-1)).toBe(77);
  const { differences } = await world.replay({ verify: true });
  expect(differences?.filter(({ count }) => count > 0)).toEqual([]);
});

test('no file is left that no tier names, and another reader of Parquet finds every point', async () => {
  const named = await tables.query<{ object_key: string }>('select object_key from metric_tier_files order by 1');
  const keys = await world.archived(`${world.archive.prefix}/_points/`);
  expect(keys).toEqual(named.map(({ object_key }) => object_key));
  const folder = mkdtempSync(join(tmpdir(), 'thunderline-points-'));
  try {
    for (const [index, key] of keys.entries()) {
      writeFileSync(join(folder, `${index}.parquet`), (await world.store.get(key)) ?? '');
    }
    const script = join(import.meta.dirname, '../retention/read_points.py');
    const { stdout } = await promisify(execFile)(await installTestPython(), [script, folder], { maxBuffer: 2 ** 28 });
    const rows = JSON.parse(stdout) as readonly unknown[];
    for (const tier of await findTiers(pool)) await fillPartition(pool, world.store, tier, new Pace(1), noneIsMissing);
    const stored = await tables.query<{ row: unknown; value: number }>(`
      select json_build_array(model_run_id, trial_id, name, step::text, event_id, (extract(epoch from recorded_at) * 1000000)::int8::text,
        attempt) as row, value
      from trial_attempt_points join metric_trials k using (model_run_id, trial_id) where trial_key < 8
      order by trial_key, name collate "C", step, event_id`);
    const withoutValue = (row: unknown) => (row as readonly unknown[]).toSpliced(6, 1);
    expect(rows.map(withoutValue)).toEqual(stored.map(({ row }) => row));
    const numberOf = (text: unknown) => Number(String(text).replace('nan', 'NaN').replace('inf', 'Infinity'));
    expect(rows.map((row) => numberOf((row as readonly unknown[])[6]))).toEqual(stored.map(({ value }) => value));
  } finally {
    rmSync(folder, { recursive: true });
  }
});

const noneIsMissing = ({ objectKey }: { objectKey: string }) => {
  throw new Error(`${objectKey} is missing`);
};

test('a file that is missing in the bucket holds up no other tier, and a replay brings its points back', async () => {
  expect((await world.retain()).map(({ kind }) => kind)).toEqual(['moved', 'moved']);
  const [before, lost] = [await answers(), (await findTiers(pool))[1]?.first ?? -1];
  const [{ object_key: key } = { object_key: '' }] = await tables.query<{ object_key: string }>(
    'select object_key from metric_tier_files where tier = $1',
    [lost],
  );
  await world.store.remove(key);
  await expect(restoreTier(pool, world.store, lost, new Pace(1))).rejects.toThrow(
    `${key} of the tier is not in the bucket`,
  );
  await tables.query('delete from trial_metrics where trial_key < 8');
  const late = (trial: string) => {
    const about = { model_run_id: 'old', trial_id: trial, step: 5_000, timestamp: Date.now() - 50 * 86_400_000 };
    return accept('ml.run.metric', { ...about, event_id: `late-${trial}`, measurements: { extra: 1 } });
  };
  await world.tell([late('t0'), late('t4')]);
  await world.settle();
  const outcomes = await world.retain();
  expect(outcomes.map(({ kind }) => kind).toSorted()).toEqual(['moved', 'refused']);
  expect(outcomes.find(({ kind }) => kind === 'refused')).toMatchObject({ missing: [key] });
  await world.replay({});
  expect((await world.retain()).map(({ kind }) => kind)).toEqual(['moved', 'moved']);
  const { export: rows, ...after } = await answers();
  expect(after).toEqual({ ...before, export: undefined, names: ['acc', 'extra', 'loss'] });
  expect(rows.filter((row) => !row.includes('extra'))).toEqual(before.export);
});

test('points are moved and restored by one process at a time', async () => {
  const [tier] = await findTiers(pool);
  const other = await pool.connect();
  try {
    await other.query('select pg_advisory_lock($1)', [LOCK_NUMBERS.retention]);
    await expect(world.retain()).rejects.toThrow(RetentionRuns);
    await expect(restoreTier(pool, world.store, tier?.first ?? 0, new Pace(1))).rejects.toThrow(RetentionRuns);
  } finally {
    other.release(true);
  }
});

test('a tier that was written again while it was restored stays', async () => {
  const [before, tier] = [await answers(), (await findTiers(pool))[0]];
  if (tier === undefined) throw new Error('no tier');
  // The lock of a run ends with its connection, and its statements may go on.
  const store = {
    ...world.store,
    async getRange(...range: Parameters<typeof world.store.getRange>) {
      await tables.query(
        "update metric_tiers set rolled_up_at = rolled_up_at + interval '1 s' where first_trial_key = $1",
        [tier.first],
      );
      return world.store.getRange(...range);
    },
  };
  await expect(restoreTier(pool, store, tier.first, new Pace(1))).rejects.toThrow(TierNotRestored);
  expect(await answers()).toEqual(before);
});

test('points of a tier come back to the table as they were', async () => {
  const [before, tier] = [await answers(), (await findTiers(pool))[0]];
  if (tier === undefined) throw new Error('no tier');
  await restoreTier(pool, world.store, tier.first, new Pace(1));
  expect(await answers()).toEqual(before);
  const restored = await rowsBefore(tier.end);
  await world.replay({});
  expect(await rowsBefore(tier.end)).toEqual(restored);
  expect((await world.replay({ verify: true })).differences?.filter(({ count }) => count > 0)).toEqual([]);
});

test('a partition stays while the archive has other points, or lacks one', async () => {
  const [{ trial_key, name_key } = {}] = await tables.query(
    `select trial_key, name_key from metric_trials, metric_names where trial_id is not null and name = 'loss'
     and exists (select from trial_metrics m where m.trial_key = metric_trials.trial_key) order by 1 limit 1`,
  );
  const series = [trial_key, name_key];
  await tables.query('update trial_metrics set value = 3 where trial_key = $1 and step = 5 and name_key = $2', series);
  await tables.query(
    `insert into trial_metrics (trial_key, name_key, step, event_id, recorded_at, value)
     select $1, $2, 9999, gen_random_uuid(), now() - interval '50 days', 1`,
    series,
  );
  const outcomes = await world.retain();
  const refused = outcomes.find(({ kind }) => kind === 'refused');
  if (refused?.kind !== 'refused') throw new Error('not refused');
  expect(refused.difference.count).toBe(2);
  expect(refused.difference.examples).toEqual([
    expect.stringMatching(/^old \/ t\d \/ loss \/ 5 \/ .* {2}differs from the archive$/),
    expect.stringMatching(/^old \/ t\d \/ loss \/ 9999 \/ .* {2}is not in the archive$/),
  ]);
  expect(await tables.query('select from trial_metrics where step = 9999')).toHaveLength(1);
});

test('the tiers of trials that are removed are gone, so that their numbers can be given again', async () => {
  await tables.query('truncate metric_trials restart identity');
  expect(await tables.query('select from metric_tiers union all select from metric_rollups')).toEqual([]);
});
