import type pg from 'pg';
import type { Series } from '../../events/series.ts';
import type { Metrics } from '../../metrics.ts';
import { inTransaction } from '../../store/pool.ts';
import { writeArtifacts } from '../../store/tables/artifacts.ts';
import { MetricKeys } from '../../store/tables/metric-keys.ts';
import { metricKeysEpoch } from '../../store/tables/metric-keys-epoch.ts';
import { MetricPartitions } from '../../store/tables/metric-partitions.ts';
import { PointColumns, writePoints } from '../../store/tables/metric-points.ts';
import { RunMetricNames, writeRunMetricNames } from '../../store/tables/run-metric-names.ts';
import { writeRuns, writeTrials } from '../../store/tables/runs-and-trials.ts';
import type { MergedRecords, TrialSeries } from './merge-records.ts';

/** The content of the database that this process keeps in memory. It is replaced as a whole. */
interface Known {
  /** See {@link metricKeysEpoch}; read before the first key. */
  readonly epoch: string;
  readonly keys: MetricKeys;
  readonly partitions: MetricPartitions;
  readonly runNames: RunMetricNames;
}

/** Keys of metric names or trials were removed from their tables after they were read. */
class KeysRemoved extends Error {
  override readonly name = 'KeysRemoved';
}

/** A writer that writes merged records in one transaction. */
export function createBatchWriter(pool: pg.Pool, metrics: Metrics): (merged: MergedRecords) => Promise<void> {
  let known: Known | undefined;

  async function writeAll({ runs, trials, artifacts, series }: MergedRecords): Promise<void> {
    known ??= {
      epoch: await metricKeysEpoch(pool),
      keys: new MetricKeys(),
      partitions: new MetricPartitions(),
      runNames: new RunMetricNames(),
    };
    const { epoch, runNames } = known;
    const newNames = runNames.newIn(series);
    const points = await columnsOf(pool, known, series);
    // Every writer goes through the tables in this order, and through the rows of each in the order of their keys.
    const changed = await inTransaction(pool, async (client) => {
      const rows = {
        model_runs: await writeRuns(client, runs),
        cerebros_model_trials: await writeTrials(client, trials),
        model_artifacts: await writeArtifacts(client, artifacts),
        trial_metrics: await writePoints(client, points),
        run_metric_names: await writeRunMetricNames(client, newNames),
      };
      if (points.count > 0 && (await metricKeysEpoch(client)) !== epoch) {
        throw new KeysRemoved('rows of metric_names or metric_trials were removed while points were written');
      }
      return rows;
    });
    runNames.keep(newNames);
    for (const [table, rows] of Object.entries(changed)) metrics.postgresRows.inc({ table }, rows);
  }

  async function attempt(merged: MergedRecords): Promise<void> {
    try {
      await writeAll(merged);
    } catch (error) {
      // The next attempt reads the tables again, whatever the error was: a partition may have been detached.
      known = undefined;
      throw error;
    }
  }

  return (merged) =>
    attempt(merged).catch((error: unknown) => {
      if (error instanceof KeysRemoved) return attempt(merged);
      throw error;
    });
}

/** The points of all series in the order of their keys. */
async function columnsOf(
  pool: pg.Pool,
  { keys, partitions }: Known,
  series: readonly TrialSeries[],
): Promise<PointColumns> {
  const names = [...new Set(series.flatMap(({ byName }) => [...byName.keys()]))];
  const nameKeys = await keys.ofNames(pool, names);
  const trialKeys = await keys.ofTrials(pool, series);
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

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
const lengthOf = ({ values }: Series): number => values.length;
