import type pg from 'pg';
import type { Metrics } from '../../metrics.ts';
import { writeArtifacts } from '../../store/artifacts.ts';
import { inTransaction } from '../../store/connect.ts';
import { MetricKeys } from '../../store/metric-keys.ts';
import { MetricPartitions } from '../../store/metric-partitions.ts';
import { type KeyedPoint, writePoints } from '../../store/metric-points.ts';
import { writeRuns, writeTrials } from '../../store/subjects.ts';
import type { Batch, TrialPoints } from './merge-records.ts';

/** Writes a merged batch in one transaction. */
export function createBatchWriter(pool: pg.Pool, metrics: Metrics): (batch: Batch) => Promise<void> {
  const keys = new MetricKeys();
  const partitions = new MetricPartitions();

  async function keyedPoints(series: readonly TrialPoints[]): Promise<KeyedPoint[]> {
    if (series.length === 0) return [];
    const names = [...new Set(series.flatMap(({ points }) => points.map(({ name }) => name)))];
    const nameKeys = await keys.ofNames(pool, names);
    const trialKeys = await keys.ofSubjects(pool, series);
    await partitions.ensure(pool, trialKeys);
    const keyOfName = new Map(names.map((name, index) => [name, nameKeys[index] ?? 0]));
    return series.flatMap(({ points }, index) => {
      const trialKey = trialKeys[index] ?? 0;
      return points.map((point) => ({ ...point, trialKey, nameKey: keyOfName.get(point.name) ?? 0 }));
    });
  }

  async function writeAll({ runs, trials, artifacts, series }: Batch): Promise<void> {
    const points = await keyedPoints(series);
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
