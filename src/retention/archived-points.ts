import type pg from 'pg';
import type { DecodedRecord } from '../runtime/stage.ts';
import { mergeRecords } from '../sinks/postgres/merge-records.ts';
import { recordFault } from '../sinks/postgres/record-fault.ts';
import { inTransaction } from '../store/pool.ts';
import { MetricKeys } from '../store/tables/metric-keys.ts';
import type { KeyRange, MetricPartition } from '../store/tables/metric-partitions.ts';
import { PointColumns, writePoints } from '../store/tables/metric-points.ts';
import type { Pace } from './pace.ts';

/** A second copy of `trial_metrics`, of the points of some partitions as a replay from the archive would write them. */
const TABLE = 'metric_archive_check';

const CREATE = `
  drop table if exists ${TABLE};
  create unlogged table ${TABLE} (like trial_metrics including all)`;

const KEYS = `
  select k.trial_key, k.model_run_id, k.trial_id
  from metric_trials k
  join unnest($1::int4[], $2::int8[]) r (first, "end") on k.trial_key >= r.first and k.trial_key < r."end"`;

/** Points that differ between a partition and the archive. */
export interface ArchiveDifference {
  readonly count: number;
  /** The first of them, one line each. */
  readonly examples: readonly string[];
}

const EXAMPLES = 5;
/** Points that one statement compares, about. Its end is the next chance to rest, so it must come soon. */
const POINTS_AT_ONCE = 5_000;

const compareSql = (table: string): string => `
  select k.model_run_id, k.trial_id, n.name, step::text, event_id,
    case when d.held is null then 'is in the archive alone' when d.archived is null then 'is not in the archive'
      else 'differs from the archive' end as verdict,
    count(*) over ()::int4 as count
  from (
    select trial_key, name_key, step, event_id, h.value as held, a.value as archived
    from (select * from ${table} where trial_key >= $1 and trial_key < $2) h
    full join (select * from ${TABLE} where trial_key >= $1 and trial_key < $2) a using (trial_key, name_key, step, event_id)
    where (h.recorded_at, float8send(h.value), coalesce(h.attempt, 0)) is distinct from
      (a.recorded_at, float8send(a.value), coalesce(a.attempt, 0))
  ) d
  join metric_trials k using (trial_key)
  join metric_names n using (name_key)
  order by trial_key, name_key, step, event_id
  limit ${EXAMPLES}`;

interface DifferenceRow {
  readonly model_run_id: string;
  readonly trial_id: string | null;
  readonly name: string;
  readonly step: string;
  readonly event_id: string;
  readonly verdict: string;
  readonly count: number;
}

/** The points of some partitions, built a second time from archived records by the merge law. */
export class ArchivedPoints {
  readonly #pool: pg.Pool;
  readonly #pace: Pace;
  readonly #keyOf = new Map<string, number>();
  readonly #names = new MetricKeys();

  private constructor(pool: pg.Pool, pace: Pace) {
    this.#pool = pool;
    this.#pace = pace;
  }

  /** Creates an empty copy, in place of one that an interrupted run left. It needs as much space as the partitions have. */
  static async create(pool: pg.Pool, pace: Pace, ranges: readonly KeyRange[]): Promise<ArchivedPoints> {
    await pool.query(CREATE);
    const created = new ArchivedPoints(pool, pace);
    const values = [ranges.map(({ first }) => first), ranges.map(({ end }) => end)];
    interface KeyRow {
      readonly trial_key: number;
      readonly model_run_id: string;
      readonly trial_id: string | null;
    }
    for (const row of (await pool.query<KeyRow>(KEYS, values)).rows) created.#keyOf.set(subjectOf(row), row.trial_key);
    return created;
  }

  /** Writes the points of archived records that the sink would store; points of other trials are left out. */
  async add(records: readonly DecodedRecord[]): Promise<void> {
    const contents = records.map(({ content }) => content).filter((content) => recordFault(content) === undefined);
    const { series } = mergeRecords(contents.filter(({ name }) => name === 'RunMetric'));
    const own = series
      .flatMap((each) => {
        const trialKey = this.#keyOf.get(subjectOf(each));
        return trialKey === undefined ? [] : [{ trialKey, byName: each.byName }];
      })
      .sort((a, b) => a.trialKey - b.trialKey);
    if (own.length === 0) return;
    const names = [...new Set(own.flatMap(({ byName }) => [...byName.keys()]))];
    const keys = await this.#names.ofNames(this.#pool, names);
    const keyOfName = new Map(names.map((name, index) => [name, keys[index] ?? 0]));
    const sets = own.flatMap(({ trialKey, byName }) =>
      [...byName]
        .map(([name, points]) => ({ trialKey, nameKey: keyOfName.get(name) ?? 0, points }))
        .sort((a, b) => a.nameKey - b.nameKey),
    );
    const columns = new PointColumns(sets.reduce((sum, { points }) => sum + points.values.length, 0));
    for (const { trialKey, nameKey, points } of sets) columns.push(trialKey, nameKey, points);
    await inTransaction(this.#pool, (client) => writePoints(client, columns, TABLE));
    await this.#pace.rest();
  }

  /** The points in which a partition, which has about `points`, differs from the archive. */
  async compare({ table, ...range }: MetricPartition, points: number): Promise<ArchiveDifference> {
    let count = 0;
    const examples: string[] = [];
    for (const { first, end } of piecesOf(range, Math.ceil(points / POINTS_AT_ONCE))) {
      const { rows } = await this.#pool.query<DifferenceRow>(compareSql(table), [first, end]);
      count += rows[0]?.count ?? 0;
      examples.push(...rows.map(exampleOf));
      await this.#pace.rest();
    }
    return { count, examples: examples.slice(0, EXAMPLES) };
  }

  async drop(): Promise<void> {
    await this.#pool.query(`drop table if exists ${TABLE}`);
  }
}

const exampleOf = ({ model_run_id, trial_id, name, step, event_id, verdict }: DifferenceRow): string => {
  const identity = [model_run_id, trial_id, name, step, event_id].filter((part) => part !== null);
  return `${identity.join(' / ')}  ${verdict}`;
};

/** A range of trials in pieces of about the same number of them. */
export function piecesOf({ first, end }: KeyRange, pieces: number): readonly KeyRange[] {
  const width = Math.ceil((end - first) / Math.max(1, pieces));
  return Array.from({ length: Math.ceil((end - first) / width) }, (_, piece) => ({
    first: first + piece * width,
    end: Math.min(end, first + (piece + 1) * width),
  }));
}

const subjectOf = ({
  model_run_id,
  trial_id,
}: {
  readonly model_run_id: string;
  readonly trial_id: string | null;
}): string => JSON.stringify([model_run_id, trial_id]);
