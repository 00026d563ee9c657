import type { ClientBase } from 'pg';
import type { MetricPartition } from '../store/tables/metric-partitions.ts';
import type { Pace } from './pace.ts';

/** A point of a series. */
export interface SeriesPoint {
  readonly step: bigint;
  readonly eventId: string;
  /** Epoch microseconds, which is what Postgres keeps. */
  readonly atMicros: bigint;
  readonly value: number;
  readonly attempt: number;
}

/** All points of one series, of all attempts, in the order of (step, event id). */
export interface SeriesPoints {
  readonly trialKey: number;
  readonly nameKey: number;
  readonly points: readonly SeriesPoint[];
}

type Row = [
  trialKey: number,
  nameKey: number,
  step: string,
  eventId: string,
  atMicros: string,
  value: number,
  attempt: number,
];

const PAGE = 20_000;
const FIRST = [-1, -1, '-1', '00000000-0000-0000-0000-000000000000'] as const;

const pageSql = (table: string): string => `
  select trial_key, name_key, step, event_id, (extract(epoch from recorded_at) * 1000000)::int8, value, coalesce(attempt, 0)
  from ${table}
  where (trial_key, name_key, step, event_id) > ($1, $2, $3, $4)
  order by trial_key, name_key, step, event_id
  limit ${PAGE}`;

/** Reads a partition series by series, in the order of its key; one series and one page are in memory at a time. */
export async function* readSeriesPoints(
  client: ClientBase,
  { table }: MetricPartition,
  pace: Pace,
): AsyncGenerator<SeriesPoints> {
  const text = pageSql(table);
  let after: readonly (string | number)[] = FIRST;
  let series: { trialKey: number; nameKey: number; points: SeriesPoint[] } | undefined;
  for (;;) {
    const values = [...after];
    const { rows } = await pace.run(() => client.query<Row>({ text, values, rowMode: 'array' }));
    for (const [trialKey, nameKey, step, eventId, at, value, attempt] of rows) {
      if (series?.trialKey !== trialKey || series.nameKey !== nameKey) {
        if (series !== undefined) yield series;
        series = { trialKey, nameKey, points: [] };
      }
      series.points.push({ step: BigInt(step), eventId, atMicros: BigInt(at), value, attempt });
    }
    const last = rows.at(-1);
    if (last === undefined || rows.length < PAGE) break;
    after = last.slice(0, 4) as (string | number)[];
  }
  if (series !== undefined) yield series;
}
