import { afterAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import pg from 'pg';
import type { MlEvent } from '../../../src/events/event.ts';
import { GROUP_NAMES } from '../../../src/events/merge.ts';
import { finalMetricsOf, timeOfVersion } from '../../../src/sinks/mlflow/final-metrics.ts';
import { type MergedRow, mergeRows, rowOfRecords, rowOfTable } from '../../../src/sinks/mlflow/merged-row.ts';
import { planBatch } from '../../../src/sinks/mlflow/plan-batch.ts';
import { PARAM_GROUPS, paramsOf } from '../../../src/sinks/mlflow/run-params.ts';
import { rowTags } from '../../../src/sinks/mlflow/run-tags.ts';
import { mergedRows } from '../../../src/store/queries/merged-rows.ts';
import { crowdedEventArbitrary } from '../../arbitraries/events.ts';
import { createWorld } from '../../support/world.ts';
import { openSink } from '../postgres/open-sink.ts';
import { recordOf } from '../postgres/records.ts';

const world = await createWorld();
const sink = await openSink(world.databaseUrl);
const pool = new pg.Pool({ connectionString: world.databaseUrl, max: 1 });
afterAll(async () => {
  await sink.close();
  await pool.end();
  await world.close();
});

/** Everything that MLflow shows of a row. */
const shown = (row: MergedRow) => ({
  startedAtMs: row.startedAtMs,
  params: PARAM_GROUPS.map((group) => paramsOf(row, group)),
  tags: rowTags(row, new Set(GROUP_NAMES), new Set()),
  final: finalMetricsOf(row).toSorted((a, b) => (a.name < b.name ? -1 : 1)),
});

const rowsOf = (events: readonly MlEvent[]): ReadonlyMap<string, MergedRow> =>
  new Map(planBatch(events.map(recordOf)).map(({ subject, row }) => [subject.key, rowOfRecords(row)]));

const merged = fc.array(crowdedEventArbitrary, { minLength: 1, maxLength: 12 });

test('a row of the records and a row of the tables show the same in MLflow', async () => {
  await fc.assert(
    fc.asyncProperty(merged, async (events) => {
      await pool.query('delete from model_runs; delete from cerebros_model_trials');
      await sink.write(events.map(recordOf));
      for (const { subject, row } of planBatch(events.map(recordOf))) {
        // A run is also what its trials say about it, which its own records do not show.
        if (subject.trial_id === null) continue;
        const [stored] = await mergedRows(pool, [subject]);
        if (stored === undefined) throw new Error(`${subject.trial_id} has no row`);
        expect(shown(rowOfTable(stored))).toEqual(shown(rowOfRecords(row)));
      }
    }),
    { numRuns: 60 },
  );
});

test('a row may be merged from any parts of its records, some of them repeated', () => {
  fc.assert(
    fc.property(merged, fc.nat(12), fc.nat(12), (events, end, from) => {
      const [whole, one, other] = [
        rowsOf(events),
        rowsOf(events.slice(0, end)),
        rowsOf(events.slice(Math.min(from, end))),
      ];
      for (const [key, row] of whole) {
        const [a, b] = [one.get(key), other.get(key)];
        const parts = a === undefined ? b : b === undefined ? a : mergeRows(a, b);
        expect(parts).toEqual(row);
      }
    }),
  );
});

test('the time of a version is that of its statement', () => {
  fc.assert(
    fc.property(merged, (events) => {
      for (const { row } of planBatch(events.map(recordOf))) {
        const { metrics } = row.said;
        if (metrics === undefined) continue;
        // An attempt that has no metrics yet states that without a time.
        const time = metrics.rung === 2 ? metrics.timestamp : undefined;
        expect(timeOfVersion(rowOfRecords(row).stated.metrics?.version ?? '')).toBe(time);
      }
    }),
  );
  expect(timeOfVersion('1')).toBeUndefined();
  expect(timeOfVersion('300002210001767225600000aaaa')).toBe(1_767_225_600_000);
});
