import { BinaryArray } from '../store/read-binary-array.ts';
import type { AskDatabase } from './database.ts';
import type { SeriesColumns } from './series-buckets.ts';

/** A series that has points, by its integers. */
export interface SeriesKey {
  readonly trial_key: number;
  readonly name_key: number;
  /** The attempt whose points count; null if all do. */
  readonly attempt: number | null;
}

/** Points of one series that are read at once, and series. Together they are some 14 MB of an answer of Postgres. */
const POINTS_AT_ONCE = 10_000;
const SERIES_AT_ONCE = 40;

/**
 * The next points of each series, in the order of the primary key, as arrays in the binary format: reading a row for each point, or
 * numbers as texts, would take several times as long.
 */
const NEXT = `
  select s.number::int4, p.*
  from unnest($1::int4[], $2::int4[], $3::int4[], $4::int8[], $5::uuid[]) with ordinality
    as s (trial_key, name_key, attempt, step, event_id, number)
  cross join lateral (
    select array_send(array_agg(m.step)) as steps, array_send(array_agg(m.recorded_at)) as times,
      array_send(array_agg(m.value)) as values
    from (
      select m.step, m.recorded_at, m.value from trial_metrics m
      where m.trial_key = s.trial_key and m.name_key = s.name_key and m.step <= $6
        and (m.step, m.event_id) > (s.step, s.event_id)
        and (s.attempt is null or coalesce(m.attempt, 0) = s.attempt)
      order by m.step, m.event_id limit ${POINTS_AT_ONCE}
    ) m
  ) p`;

/** The event of one point of a step, by its number after the event `$5`. An array of the events of all points would cost a fourth more. */
const EVENT = `
  select m.event_id from trial_metrics m
  where m.trial_key = $1 and m.name_key = $2 and m.step = $3 and ($5::uuid is null or m.event_id > $5)
    and ($4::int4 is null or coalesce(m.attempt, 0) = $4)
  order by m.event_id offset $6 limit 1`;

/** After all events of a step. */
const LAST_ID = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

interface NextRow {
  /** The place of the series in the request, from 1 on. */
  readonly number: number;
  readonly steps: Buffer | null;
  readonly times: Buffer | null;
  readonly values: Buffer | null;
}

interface Place<Key> {
  readonly key: Key;
  /** The step and event before the next point. */
  readonly step: string;
  readonly eventId: string;
}

/**
 * Reads all points of the series between two steps, and passes them on part by part: those of one series in the order of steps. It
 * holds a few parts at a time, however many points there are.
 */
export async function readPoints<Key extends SeriesKey>(
  ask: AskDatabase,
  keys: readonly Key[],
  { from, to }: { readonly from: bigint; readonly to: bigint },
  onPoints: (key: Key, points: SeriesColumns) => void,
): Promise<void> {
  const waiting: Place<Key>[] = keys.map((key) => ({ key, step: String(from - 1n), eventId: LAST_ID }));
  while (waiting.length > 0) {
    const places = waiting.splice(0, SERIES_AT_ONCE);
    const rows = await ask<NextRow>(NEXT, [
      places.map(({ key }) => key.trial_key),
      places.map(({ key }) => key.name_key),
      places.map(({ key }) => key.attempt),
      places.map(({ step }) => step),
      places.map(({ eventId }) => eventId),
      to,
    ]);
    for (const { number, steps, times, values } of rows) {
      const place = places[number - 1];
      if (place === undefined || values === null) continue;
      const points = { steps: new BinaryArray(steps), times: new BinaryArray(times), values: new BinaryArray(values) };
      onPoints(place.key, points);
      if (points.values.length === POINTS_AT_ONCE) waiting.unshift(await placeAfter(ask, place, points.steps));
    }
  }
}

/** The place after the points that were read from another one. */
async function placeAfter<Key extends SeriesKey>(
  ask: AskDatabase,
  before: Place<Key>,
  steps: BinaryArray,
): Promise<Place<Key>> {
  const { key, eventId } = before;
  const last = steps.length - 1;
  const step = String(steps.int8(last));
  let others = 0;
  while (others < last && String(steps.int8(last - others - 1)) === step) others += 1;
  const after = step === before.step ? eventId : null;
  const [row] = await ask<{ event_id: string }>(EVENT, [key.trial_key, key.name_key, step, key.attempt, after, others]);
  return { key, step, eventId: row?.event_id ?? LAST_ID };
}
