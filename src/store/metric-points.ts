import type { ClientBase } from 'pg';
import type { Point } from '../events/point.ts';
import { float8Array, int4Array, int8Array, timestampArray, uuidArray } from './binary-array.ts';

/** A point with the integers that stand for its trial and name: see `MetricKeys`. */
export interface KeyedPoint extends Point {
  readonly trialKey: number;
  readonly nameKey: number;
}

const GIVEN = `
  unnest($1::int4[], $2::int4[], $3::int8[], $4::uuid[], $5::timestamptz[], $6::float8[])
    as given (trial_key, name_key, step, event_id, recorded_at, value)`;
const COLUMNS = 'trial_key, name_key, step, event_id, recorded_at, value';
const IDENTITY = 'trial_key, name_key, step, event_id';

const ADD = `
  insert into trial_metrics (${COLUMNS})
  select ${COLUMNS} from ${GIVEN}
  on conflict (${IDENTITY}) do nothing`;

/** `float8send` tells -0 from 0, as comparePoints does. */
const isGreater = (a: string, b: string): string =>
  `(${a}.recorded_at, ${a}.value, float8send(${a}.value)) > (${b}.recorded_at, ${b}.value, float8send(${b}.value))`;

const REPLACE = `
  insert into trial_metrics as held (${COLUMNS})
  select ${COLUMNS.replaceAll(/\w+/g, 'given.$&')}
  from ${GIVEN}
  join trial_metrics held using (${IDENTITY})
  where ${isGreater('given', 'held')}
  order by ${IDENTITY}
  on conflict (${IDENTITY}) do update set recorded_at = excluded.recorded_at, value = excluded.value
  where ${isGreater('excluded', 'held')}`;

const inOrderOfIdentity = (a: KeyedPoint, b: KeyedPoint): number =>
  a.trialKey - b.trialKey || a.nameKey - b.nameKey || a.step - b.step || (a.eventId < b.eventId ? -1 : 1);

/**
 * Adds points, each of another identity, in the order of identities, so that two writers never wait for each other. Returns
 * how many were new.
 *
 * A point that is there already is only looked at, without locking or writing anything, and only when there was one does a
 * second statement look for those that are there with other content.
 */
export async function writePoints(client: ClientBase, points: KeyedPoint[]): Promise<number> {
  if (points.length === 0) return 0;
  points.sort(inOrderOfIdentity);
  const values = [
    int4Array(points.map((point) => point.trialKey)),
    int4Array(points.map((point) => point.nameKey)),
    int8Array(points.map((point) => point.step)),
    uuidArray(points.map((point) => point.eventId)),
    timestampArray(points.map((point) => point.recordedAt)),
    float8Array(points.map((point) => point.value)),
  ];
  const { rowCount } = await client.query({ name: 'add-points', text: ADD, values });
  const added = rowCount ?? 0;
  if (added < points.length) await client.query({ name: 'replace-points', text: REPLACE, values });
  return added;
}
