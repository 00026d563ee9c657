import type { TrialName } from '../tables/metric-keys.ts';
import type { Database } from '../tables/mlflow-links.ts';

/** A point of `trial_metrics`. */
export interface TrialPoint {
  readonly name: string;
  readonly step: number;
  readonly value: number;
  /** Epoch milliseconds. */
  readonly timestampMs: number;
}

interface PointRow {
  readonly name_key: number;
  readonly name: string;
  readonly step: string;
  readonly value: number;
  readonly at: number;
  readonly event_id: string;
}

/**
 * Points of every attempt, in the order of the primary key, after the last one of the previous page. Equality and "is null"
 * each use the index of `metric_trials`; "is not distinct from", which covers both, does not.
 */
const pageSql = (isSubject: string): string => `
  select m.name_key, n.name, m.step, m.value, (extract(epoch from m.recorded_at) * 1000)::float8 as at, m.event_id
  from metric_trials t
  join trial_metrics m using (trial_key)
  join metric_names n using (name_key)
  where t.model_run_id = $1 and ${isSubject} and (m.name_key, m.step, m.event_id) > ($3, $4, $5)
  order by m.name_key, m.step, m.event_id
  limit $6`;

const OF_TRIAL = { name: 'points-of-trial', text: pageSql('t.trial_id = $2') } as const;
const OF_RUN = { name: 'points-of-run', text: pageSql('t.trial_id is null and $2::text is null') } as const;

const FIRST = [-1, '-1', '00000000-0000-0000-0000-000000000000'] as const;

/** Every point of a trial, or of a run (`trial_id` null), in pages. */
export async function* pointsOfTrial(
  client: Database,
  { model_run_id, trial_id }: TrialName,
  pageSize: number,
): AsyncGenerator<readonly TrialPoint[]> {
  let after: readonly unknown[] = FIRST;
  for (;;) {
    const values = [model_run_id, trial_id, ...after, pageSize];
    const { rows } = await client.query<PointRow>({ ...(trial_id === null ? OF_RUN : OF_TRIAL), values });
    const last = rows.at(-1);
    if (last === undefined) return;
    yield rows.map(({ name, step, value, at }) => ({ name, step: Number(step), value, timestampMs: Math.round(at) }));
    if (rows.length < pageSize) return;
    after = [last.name_key, last.step, last.event_id];
  }
}
