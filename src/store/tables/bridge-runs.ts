import type pg from 'pg';
import type { ClientBase } from 'pg';
import { textArray } from '../binary-array.ts';
import { type StartedRun, TERMINAL } from './bridge-commands.ts';

/** A study whose trials are not all queued, or not all announced. */
export interface OpenStudyRun extends StartedRun {
  /** The number of trials that are queued; of those whose commands are in Kafka. */
  readonly expanded: number;
  readonly announced: number;
}

const COLUMNS = `model_run_id, command_id, (extract(epoch from requested_at) * 1000)::float8 as requested_at, priority::int,
  parallelism, correlation_id, traceparent, spectral_norm, payload, timeout_ms, study, trials, expanded, announced`;

/** The trials of a held study are queued only so that they end, because the study was cancelled. */
const TO_EXPAND = `
  select ${COLUMNS} from bridge_runs r where expanded < trials and (held_at is null or cancelled_at >= requested_at)
    and (not $1::boolean or expanded > 0 or cancelled_at >= requested_at or exists (
      select from bridge_calls c where c.model_run_id = r.model_run_id and c.op = 'start_run' and c.state = 'ended'))
  order by requested_at, model_run_id limit 1 for update skip locked`;

/**
 * Locks the next study whose trials are not all queued.
 *
 * @param awaitsStart leaves out studies whose `start_run` has not ended.
 */
export const lockRunToExpand = async (client: ClientBase, awaitsStart: boolean): Promise<OpenStudyRun | undefined> =>
  (await client.query<OpenStudyRun>(TO_EXPAND, [awaitsStart])).rows[0];

export const setExpanded = (client: ClientBase, modelRunId: string, expanded: number): Promise<unknown> =>
  client.query('update bridge_runs set expanded = $2 where model_run_id = $1', [modelRunId, expanded]);

const TO_ANNOUNCE = `
  select ${COLUMNS} from bridge_runs where announced < expanded order by requested_at, model_run_id limit 1`;

/** The next study of which queued trials are not in Kafka. */
export const runToAnnounce = async (pool: pg.Pool): Promise<OpenStudyRun | undefined> =>
  (await pool.query<OpenStudyRun>(TO_ANNOUNCE)).rows[0];

/** Notes that the commands of the first `announced` trials are in Kafka. */
export const setAnnounced = (pool: pg.Pool, modelRunId: string, announced: number): Promise<unknown> =>
  pool.query('update bridge_runs set announced = greatest(announced, $2) where model_run_id = $1', [
    modelRunId,
    announced,
  ]);

const OPEN = `(exists (select from bridge_trials t where t.model_run_id = r.model_run_id and t.state = 'queued')
  or exists (select from bridge_trials t where t.model_run_id = r.model_run_id and t.state in ('leased', 'held')))`;

const LOCK_IDLE = `
  select r.model_run_id from bridge_runs r where r.active and r.expanded >= r.trials and not ${OPEN}
  order by r.model_run_id limit 100 for update skip locked`;

/**
 * A study whose trials all came in as ended was run before this queue: a held one waits for its operator, and the end of one
 * that has ended according to its row is in Kafka already. Publishing it again would give the run another time and outcome.
 */
const ENDS_NOW = `(r.study is not null and r.ended_at is null and (ends.decided > 0 or r.held_at is null))`;
const IS_DECIDED_HERE = `(${ENDS_NOW} and (ends.decided > 0 or not ends.is_known))`;

/** The trials are read again under the lock, because a command may have arrived since. */
const FINISH = `
  with ends as (
    select t.model_run_id, count(*) as trials, count(*) filter (where t.outcome = 'completed') as completed,
      count(*) filter (where t.outcome = 'failed') as failed, count(*) filter (where t.outcome = 'cancelled') as cancelled,
      count(*) filter (where t.outcome = 'skipped') as skipped, count(t.ending) as decided,
      exists (select from model_runs m where m.model_run_id = t.model_run_id and m.status in ${TERMINAL}) as is_known
    from bridge_trials t where t.model_run_id = any($1::text[]) group by 1
  )
  update bridge_runs r set active = false,
    ended_at = case when ${ENDS_NOW} then now() else r.ended_at end,
    published = r.published and not ${IS_DECIDED_HERE},
    outcome = case when not ${IS_DECIDED_HERE} then r.outcome
      when ends.cancelled > 0 and r.cancelled_at is not null then 'cancelled'
      when ends.completed = 0 and ends.failed > 0 then 'failed' else 'completed' end,
    ending = case when not ${IS_DECIDED_HERE} then r.ending else json_build_object(
      'trials', ends.trials, 'completed', ends.completed, 'failed', ends.failed, 'cancelled', ends.cancelled,
      'skipped', ends.skipped, 'error', case when ends.completed = 0 then (
        select a.message from bridge_attempts a where a.model_run_id = r.model_run_id and a.outcome not in ('cancelled', 'skipped')
        order by a.ended_at desc nulls last limit 1) end)::text end
  from ends
  where r.model_run_id = ends.model_run_id and r.expanded >= r.trials and not ${OPEN}`;

const REST = `update bridge_runs r set active = false where r.model_run_id = any($1::text[]) and not exists (
  select from bridge_trials t where t.model_run_id = r.model_run_id)`;

/** Ends the studies whose trials have all ended, and leaves out idle runs from further claims. In one transaction. */
export async function finishRuns(client: ClientBase): Promise<number> {
  const { rows } = await client.query<{ model_run_id: string }>(LOCK_IDLE);
  if (rows.length === 0) return 0;
  const names = textArray(rows.map((row) => row.model_run_id));
  await client.query(REST, [names]);
  return (await client.query(FINISH, [names])).rowCount ?? 0;
}

/** A study whose start or end is not known to be in Kafka. */
export interface RunToPublish extends OpenStudyRun {
  readonly start_published: boolean;
  readonly published: boolean;
  /** Epoch milliseconds. */
  readonly ended_at: number | null;
  readonly outcome: 'completed' | 'failed' | 'cancelled' | null;
  /** JSON text: the number of trials by outcome, and the last error of a run without a completed trial. */
  readonly ending: string | null;
}

const UNPUBLISHED = `
  select ${COLUMNS}, start_published, published, (extract(epoch from ended_at) * 1000)::float8 as ended_at, outcome, ending
  from bridge_runs where not published or not start_published order by model_run_id limit 100`;

export const unpublishedRuns = async (pool: pg.Pool): Promise<readonly RunToPublish[]> =>
  (await pool.query<RunToPublish>(UNPUBLISHED)).rows;

const PUBLISHED = `
  update bridge_runs set start_published = true,
    published = published or coalesce((extract(epoch from ended_at) * 1000)::float8 = $2::float8, false)
  where model_run_id = $1`;

/**
 * Notes that the start of a study is in Kafka, and its end, unless it has another end meanwhile.
 *
 * @param endedAt the time of the end, epoch milliseconds; null if only the start is there.
 */
export const markRunPublished = (pool: pg.Pool, modelRunId: string, endedAt: number | null): Promise<unknown> =>
  pool.query(PUBLISHED, [modelRunId, endedAt]);
