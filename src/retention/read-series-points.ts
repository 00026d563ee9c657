import type { ClientBase } from 'pg';
import { BinaryArray } from '../store/read-binary-array.ts';
import type { MetricPartition } from '../store/tables/metric-partitions.ts';

/** A point of a series. */
export interface SeriesPoint {
  readonly step: bigint;
  /** The 16 bytes of the event's UUID. */
  readonly eventId: Uint8Array;
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

/** Points that one statement reads: its end is the next chance to rest. */
const PAGE = 2_000;
const FIRST = [-1, -1, '-1', '00000000-0000-0000-0000-000000000000'] as const;
const UUID_BYTES = 16;
const EPOCH_2000_MICROS = 946_684_800_000_000n;

/**
 * The points of a page as arrays in the binary format: with a row for each point, and numbers as text, Postgres would spend twice the
 * time, and this process three times.
 */
const pageSql = (table: string): string => `
  select array_send(array_agg(trial_key::int8)) as trials, array_send(array_agg(name_key::int8)) as names,
    array_send(array_agg(step)) as steps, string_agg(uuid_send(event_id), '') as ids,
    array_send(array_agg(recorded_at)) as times, array_send(array_agg(value)) as values,
    array_send(array_agg(coalesce(attempt, 0)::int8)) as attempts
  from (
    select * from ${table}
    where (trial_key, name_key, step, event_id) > ($1, $2, $3, $4)
    order by trial_key, name_key, step, event_id
    limit ${PAGE}
  ) page`;

type PageRow = Readonly<Record<'trials' | 'names' | 'steps' | 'ids' | 'times' | 'values' | 'attempts', Buffer | null>>;

/** Some points of a partition, in the order of its key. */
class Page {
  readonly length: number;
  readonly #trials: BinaryArray;
  readonly #names: BinaryArray;
  readonly #steps: BinaryArray;
  readonly #ids: Buffer;
  readonly #times: BinaryArray;
  readonly #values: BinaryArray;
  readonly #attempts: BinaryArray;

  constructor({ trials, names, steps, ids, times, values, attempts }: PageRow) {
    this.#trials = new BinaryArray(trials);
    this.#names = new BinaryArray(names);
    this.#steps = new BinaryArray(steps);
    this.#ids = ids ?? Buffer.alloc(0);
    this.#times = new BinaryArray(times);
    this.#values = new BinaryArray(values);
    this.#attempts = new BinaryArray(attempts);
    this.length = this.#trials.length;
  }

  trialKey(index: number): number {
    return Number(this.#trials.int8(index));
  }

  nameKey(index: number): number {
    return Number(this.#names.int8(index));
  }

  point(index: number): SeriesPoint {
    return {
      step: BigInt(this.#steps.int8(index)),
      eventId: this.#ids.subarray(index * UUID_BYTES, (index + 1) * UUID_BYTES),
      atMicros: BigInt(this.#times.int8(index)) + EPOCH_2000_MICROS,
      value: this.#values.float8(index),
      attempt: Number(this.#attempts.int8(index)),
    };
  }

  /** The key of the last point, as parameters of the next page. */
  lastKey(): readonly (string | number)[] {
    const last = this.length - 1;
    const id = this.#ids.toString('hex', last * UUID_BYTES, this.length * UUID_BYTES);
    return [this.trialKey(last), this.nameKey(last), String(this.#steps.int8(last)), id];
  }
}

/**
 * Reads a partition series by series, in the order of its key; one series and one page are in memory at a time.
 *
 * @param rest called after each page.
 */
export async function* readSeriesPoints(
  client: ClientBase,
  { table }: MetricPartition,
  rest: () => Promise<void>,
): AsyncGenerator<SeriesPoints> {
  const text = pageSql(table);
  let after: readonly (string | number)[] = FIRST;
  let series: { trialKey: number; nameKey: number; points: SeriesPoint[] } | undefined;
  for (;;) {
    const { rows } = await client.query<PageRow>({ text, values: [...after] });
    const page = new Page(rows[0] as PageRow);
    for (let index = 0; index < page.length; index += 1) {
      const [trialKey, nameKey] = [page.trialKey(index), page.nameKey(index)];
      if (series?.trialKey !== trialKey || series.nameKey !== nameKey) {
        if (series !== undefined) yield series;
        series = { trialKey, nameKey, points: [] };
      }
      series.points.push(page.point(index));
    }
    if (page.length < PAGE) break;
    after = page.lastKey();
    await rest();
  }
  if (series !== undefined) yield series;
}
