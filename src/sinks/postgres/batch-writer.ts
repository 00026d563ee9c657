import type pg from 'pg';
import type { Series } from '../../events/series.ts';
import type { Metrics } from '../../metrics.ts';
import { inTransaction } from '../../store/pool.ts';
import { writeArtifacts } from '../../store/tables/artifacts.ts';
import { MetricKeys } from '../../store/tables/metric-keys.ts';
import { MetricPartitions } from '../../store/tables/metric-partitions.ts';
import { PointColumns, writePoints } from '../../store/tables/metric-points.ts';
import { writeRuns, writeTrials } from '../../store/tables/runs-and-trials.ts';
import type { Batch, TrialSeries } from './merge-records.ts';

/** Writes a merged batch in one transaction. */
export function createBatchWriter(pool: pg.Pool, metrics: Metrics): (batch: Batch) => Promise<void> {
  const keys = new MetricKeys();
  const partitions = new MetricPartitions();

  /** The points of all series in the order of their keys. */
  async function columnsOf(series: readonly TrialSeries[]): Promise<PointColumns> {
    const names = [...new Set(series.flatMap(({ byName }) => [...byName.keys()]))];
    const nameKeys = await keys.ofNames(pool, names);
    const trialKeys = await keys.ofSubjects(pool, series);
    await partitions.ensure(pool, trialKeys);

    const keyOfName = new Map(names.map((name, index) => [name, nameKeys[index] ?? 0]));
    const trials = series
      .map(({ byName }, index) => ({ key: trialKeys[index] ?? 0, byName }))
      .sort((a, b) => a.key - b.key);
    const columns = new PointColumns(sum(series.flatMap(({ byName }) => [...byName.values()].map(lengthOf))));
    for (const { key: trialKey, byName } of trials) {
      const sorted = [...byName]
        .map(([name, points]) => ({ nameKey: keyOfName.get(name) ?? 0, points }))
        .sort((a, b) => a.nameKey - b.nameKey);
      for (const { nameKey, points } of sorted) columns.push(trialKey, nameKey, points);
    }
    return columns;
  }

  async function writeAll({ runs, trials, artifacts, series }: Batch): Promise<void> {
    const points = await columnsOf(series);
    // Every writer goes through the tables in this order, and through the rows of each in the order of their keys.
    const changed = await inTransaction(pool, async (client) => ({
      model_runs: await writeRuns(client, runs),
      cerebros_model_trials: await writeTrials(client, trials),
      model_artifacts: await writeArtifacts(client, artifacts),
      trial_metrics: await writePoints(client, points),
    }));
    for (const [table, rows] of Object.entries(changed)) metrics.postgresRows.inc({ table }, rows);
  }

  return async (batch) => {
    try {
      await writeAll(batch);
    } catch (error) {
      // Whatever it was, the next attempt looks at the tables as they are now: a partition may have been detached.
      keys.clear();
      partitions.clear();
      throw error;
    }
  };
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
const lengthOf = ({ values }: Series): number => values.length;
