import type { ClientBase } from 'pg';
import type { Series } from '../../events/series.ts';
import { FixedArray, FLOAT8, INT4, INT8, TIMESTAMPTZ, UUID } from '../binary-array.ts';

const GIVEN = `
  unnest($1::int4[], $2::int4[], $3::int8[], $4::uuid[], $5::timestamptz[], $6::float8[], $7::int4[])
    as given (trial_key, name_key, step, event_id, recorded_at, value, attempt)`;
const COLUMNS = 'trial_key, name_key, step, event_id, recorded_at, value, attempt';
const IDENTITY = 'trial_key, name_key, step, event_id';

const addTo = (table: string): string => `
  insert into ${table} (${COLUMNS})
  select ${COLUMNS} from ${GIVEN}
  on conflict (${IDENTITY}) do nothing`;

/** `float8send` distinguishes -0 from 0, as seriesOf does. */
const order = (a: string): string =>
  `(coalesce(${a}.attempt, 0), ${a}.recorded_at, ${a}.value, float8send(${a}.value))`;
const isGreater = (a: string, b: string): string => `${order(a)} > ${order(b)}`;

const replaceIn = (table: string): string => `
  insert into ${table} as held (${COLUMNS})
  select ${COLUMNS.replaceAll(/\w+/g, 'given.$&')}
  from ${GIVEN}
  join ${table} held using (${IDENTITY})
  where ${isGreater('given', 'held')}
  order by ${IDENTITY}
  on conflict (${IDENTITY}) do update set
    recorded_at = excluded.recorded_at, value = excluded.value, attempt = excluded.attempt
  where ${isGreater('excluded', 'held')}`;

/** Points to be written, column by column: a batch has too many of them for one object each. */
export class PointColumns {
  readonly #trialKey: FixedArray<number>;
  readonly #nameKey: FixedArray<number>;
  readonly #step: FixedArray<number>;
  readonly #eventId: FixedArray<string>;
  readonly #recordedAt: FixedArray<number>;
  readonly #value: FixedArray<number>;
  readonly #attempt: FixedArray<number>;
  #hasAttempts = false;
  readonly count: number;

  /** @param count number of points that will be pushed. */
  constructor(count: number) {
    this.count = count;
    this.#trialKey = new FixedArray(INT4, count);
    this.#nameKey = new FixedArray(INT4, count);
    this.#step = new FixedArray(INT8, count);
    this.#eventId = new FixedArray(UUID, count);
    this.#recordedAt = new FixedArray(TIMESTAMPTZ, count);
    this.#value = new FixedArray(FLOAT8, count);
    this.#attempt = new FixedArray(INT4, count);
  }

  push(trialKey: number, nameKey: number, { events, values }: Series): void {
    for (let index = 0; index < events.length; index += 1) {
      const event = events[index];
      if (event === undefined) continue;
      this.#trialKey.push(trialKey);
      this.#nameKey.push(nameKey);
      this.#step.push(event.step);
      this.#eventId.push(event.event_id);
      this.#recordedAt.push(event.timestamp);
      this.#value.push(values[index] ?? Number.NaN);
      // A null takes no room in a row, and most points have no number.
      this.#attempt.push(event.attempt === 0 ? null : event.attempt);
      this.#hasAttempts ||= event.attempt !== 0;
    }
  }

  toParameters(): Buffer[] {
    const columns = [this.#trialKey, this.#nameKey, this.#step, this.#eventId, this.#recordedAt, this.#value];
    // "unnest" fills a shorter array up with nulls.
    const attempt = this.#hasAttempts ? this.#attempt : new FixedArray(INT4, 0);
    return [...columns, attempt].map((column) => column.toParameter());
  }
}

/**
 * Adds points, one for each identity (trial, name, step, event id) and in the order of their keys, so that two writers never
 * wait for each other. Returns the number of new points.
 *
 * A point that exists is read, but neither locked nor written. Only if there was one, a second statement replaces those with
 * other content.
 *
 * @param table `trial_metrics`, or a table of the same columns and key.
 */
export async function writePoints(client: ClientBase, points: PointColumns, table = 'trial_metrics'): Promise<number> {
  if (points.count === 0) return 0;
  const values = points.toParameters();
  const { rowCount } = await client.query({ name: `add-points ${table}`, text: addTo(table), values });
  const added = rowCount ?? 0;
  if (added < points.count) {
    await client.query({ name: `replace-points ${table}`, text: replaceIn(table), values });
  }
  return added;
}
