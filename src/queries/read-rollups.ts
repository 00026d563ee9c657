import { BinaryArray } from '../store/read-binary-array.ts';
import type { AskDatabase } from './database.ts';
import type { SeriesKey } from './read-points.ts';
import type { RollupColumns } from './series-buckets.ts';

/** Series that are read at once: at 500 buckets each some 5 MB of an answer of Postgres. */
const SERIES_AT_ONCE = 100;

const ROLLUPS = `
  select s.number::int4, array_send(r.counts) as counts, array_send(r.nonfinites) as nonfinites,
    array_send(r.first_steps) as first_steps, array_send(r.last_steps) as last_steps, array_send(r.finite_steps) as steps,
    array_send(r.times) as times, array_send(r.lasts) as lasts, array_send(r.mins) as mins, array_send(r.maxes) as maxes,
    array_send(r.min_steps) as min_steps, array_send(r.max_steps) as max_steps
  from unnest($1::int4[], $2::int4[], $3::int4[]) with ordinality as s (trial_key, name_key, attempt, number)
  join metric_rollups r on r.trial_key = s.trial_key and r.name_key = s.name_key and r.attempt = coalesce(s.attempt, r.attempt)
  order by s.number, r.attempt`;

type Column =
  | 'counts'
  | 'nonfinites'
  | 'first_steps'
  | 'last_steps'
  | 'steps'
  | 'times'
  | 'lasts'
  | 'mins'
  | 'maxes'
  | 'min_steps'
  | 'max_steps';
type RollupRow = Readonly<Record<Column, Buffer>> & { readonly number: number };

/** Reads the roll-ups of series whose points are in an older tier (src/retention/), one for each attempt that counts. */
export async function readRollups<Key extends SeriesKey>(
  ask: AskDatabase,
  keys: readonly Key[],
  onRollups: (key: Key, rollups: readonly RollupColumns[]) => void,
): Promise<void> {
  for (let from = 0; from < keys.length; from += SERIES_AT_ONCE) {
    const asked = keys.slice(from, from + SERIES_AT_ONCE);
    const rows = await ask<RollupRow>(ROLLUPS, [
      asked.map(({ trial_key }) => trial_key),
      asked.map(({ name_key }) => name_key),
      asked.map(({ attempt }) => attempt),
    ]);
    for (const [number, of] of Map.groupBy(rows, (row) => row.number)) {
      const key = asked[number - 1];
      if (key !== undefined) onRollups(key, of.map(columnsOf));
    }
  }
}

const columnsOf = (row: RollupRow): RollupColumns => ({
  counts: new BinaryArray(row.counts),
  nonfinites: new BinaryArray(row.nonfinites),
  firstSteps: new BinaryArray(row.first_steps),
  lastSteps: new BinaryArray(row.last_steps),
  steps: new BinaryArray(row.steps),
  times: new BinaryArray(row.times),
  lasts: new BinaryArray(row.lasts),
  mins: new BinaryArray(row.mins),
  maxes: new BinaryArray(row.maxes),
  minSteps: new BinaryArray(row.min_steps),
  maxSteps: new BinaryArray(row.max_steps),
});
