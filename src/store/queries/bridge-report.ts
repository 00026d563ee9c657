import type pg from 'pg';
import { isDue } from '../is-due.ts';
import type { AttemptEnd } from '../tables/bridge-endings.ts';

/** The reason why the first queued trial of a run does not run. */
export type WaitReason =
  | 'run_held'
  | 'no_bridge'
  | 'bridges_paused'
  | 'parallelism'
  | 'retry_pause'
  | 'workers_busy'
  | 'about_to_start';

/** A run with trials that have not ended. */
export interface QueuedRun {
  readonly model_run_id: string;
  readonly priority: number;
  readonly parallelism: number | null;
  readonly running: number;
  readonly queued: number;
  readonly held: number;
  readonly ended: number;
  readonly requested_at: Date;
  /** Null if no trial is queued. */
  readonly reason: WaitReason | null;
  /** Workers of the live bridges that claim trials, and how many of them run one. */
  readonly slots: number;
  readonly busy: number;
  /** Trials of runs that come before this one. */
  readonly before: number;
  /** The earliest end of a pause, if all queued trials wait for a retry. */
  readonly run_after: Date | null;
  /** The reason of a bridge that has paused. */
  readonly pause_reason: string | null;
}

const RUNS = `
  with counts as (
    select model_run_id, count(*) filter (where state = 'queued')::int as queued,
      count(*) filter (where state = 'queued' and ${isDue('run_after')})::int as due,
      count(*) filter (where state = 'held')::int as held, min(run_after) filter (where state = 'queued') as run_after
    from bridge_trials where state in ('queued', 'leased', 'held') group by 1
  ), living as (
    select bridge_id, slots, paused_at, pause_reason from bridges where alive_until > now()
  ), workers as (
    select count(*) as bridges, count(*) filter (where paused_at is null) as claiming,
      coalesce(sum(slots) filter (where paused_at is null), 0)::int as slots, max(pause_reason) as pause_reason,
      (select count(*)::int from bridge_trials t join living l using (bridge_id) where t.state = 'leased' and l.paused_at is null) as busy
    from living
  )
  select r.model_run_id, r.priority::int, r.parallelism, r.running, c.queued + (r.trials - r.expanded) as queued, c.held,
    (select count(*)::int from bridge_trials t where t.model_run_id = r.model_run_id and t.state = 'ended') as ended,
    r.requested_at, w.slots, w.busy, w.pause_reason,
    case when c.due = 0 then c.run_after end as run_after,
    coalesce(sum(case when r.held_at is null then c.due else 0 end) over (
      order by r.priority desc, r.running, r.requested_at, r.model_run_id
      rows between unbounded preceding and 1 preceding), 0)::int as before,
    case when c.queued = 0 then null
      when r.held_at is not null then 'run_held'
      when w.bridges = 0 then 'no_bridge'
      when w.claiming = 0 then 'bridges_paused'
      when r.running >= r.parallelism then 'parallelism'
      when c.due = 0 then 'retry_pause'
      when w.busy >= w.slots then 'workers_busy'
      else 'about_to_start' end as reason
  from bridge_runs r join counts c using (model_run_id) cross join workers w
  where $1::text is null or r.model_run_id = $1
  order by r.priority desc, r.running, r.requested_at, r.model_run_id
  limit $2`;

/** The runs that have not ended, in the order in which they are claimed, each with the reason why it waits. */
export const queuedRuns = async (pool: pg.Pool, limit: number, run?: string): Promise<readonly QueuedRun[]> =>
  (await pool.query<QueuedRun>(RUNS, [run ?? null, limit])).rows;

/** A bridge process. */
export interface ReportedBridge {
  readonly bridge_id: string;
  readonly host: string;
  readonly pid: number;
  readonly slots: number;
  readonly busy: number;
  readonly started_at: Date;
  readonly alive: boolean;
  readonly pause_reason: string | null;
}

const BRIDGES = `
  select bridge_id, host, pid, slots, started_at, alive_until > now() as alive, pause_reason,
    (select count(*)::int from bridge_trials t where t.bridge_id = b.bridge_id and t.state = 'leased') as busy
  from bridges b order by alive desc, host, started_at`;

export const reportedBridges = async (pool: pg.Pool): Promise<readonly ReportedBridge[]> =>
  (await pool.query<ReportedBridge>(BRIDGES)).rows;

/** One commanded trial. */
export interface ReportedTrial {
  readonly model_run_id: string;
  readonly trial_id: string;
  readonly state: 'queued' | 'leased' | 'held' | 'ended';
  readonly outcome: string | null;
  readonly priority: number;
  readonly epoch: number;
  /** Attempts of it that the queue has; the epoch is greater where the queue decided its end. */
  readonly attempt_count: number;
  readonly failures: number;
  readonly losses: number;
  readonly requested_at: Date;
  readonly run_after: Date;
  readonly cancel_at: Date | null;
  readonly ended_at: Date | null;
  readonly published: boolean;
  readonly hyperparams: string | null;
  readonly command_id: string;
  /** The host of the bridge that runs it. */
  readonly host: string | null;
  /** Queued trials of its run that come before it. */
  readonly before: number;
}

const TRIALS = `
  select t.model_run_id, t.trial_id, t.state, t.outcome, t.priority::int, t.epoch, t.failures::int, t.losses::int,
    t.requested_at, t.run_after, t.cancel_at, t.ended_at, t.published, t.hyperparams, t.command_id, b.host,
    (select count(*)::int from bridge_attempts a where a.model_run_id = t.model_run_id and a.trial_id = t.trial_id)
      as attempt_count,
    (select count(*)::int from bridge_trials o where o.model_run_id = t.model_run_id and o.state = 'queued'
      and t.state = 'queued' and (-o.priority, o.requested_at, o.trial_id) < (-t.priority, t.requested_at, t.trial_id)) as before
  from bridge_trials t left join bridges b using (bridge_id)
  where t.model_run_id = $1 and ($2::text is null or t.trial_id = $2)
  order by t.state = 'ended', t.state <> 'leased', t.priority desc, t.requested_at, t.trial_id
  limit $3`;

/** Trials of a run, or one of them: those that run, then those that wait, in their order, then those that have ended. */
export const reportedTrials = async (
  pool: pg.Pool,
  run: string,
  limit: number,
  trial?: string,
): Promise<readonly ReportedTrial[]> => (await pool.query<ReportedTrial>(TRIALS, [run, trial ?? null, limit])).rows;

/** One attempt of a trial. */
export interface ReportedAttempt extends Omit<AttemptEnd, 'outcome'> {
  readonly epoch: number;
  readonly host: string;
  readonly started_at: Date;
  readonly ended_at: Date | null;
  /** Null while it runs. */
  readonly outcome: string | null;
}

const ATTEMPTS = `
  select epoch, host, started_at, ended_at, outcome, message, error_type, return_code, signal, duration_ms, output
  from bridge_attempts where model_run_id = $1 and trial_id = $2 order by epoch`;

export const reportedAttempts = async (
  pool: pg.Pool,
  run: string,
  trial: string,
): Promise<readonly ReportedAttempt[]> => (await pool.query<ReportedAttempt>(ATTEMPTS, [run, trial])).rows;
