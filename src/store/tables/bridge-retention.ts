import type pg from 'pg';
import { textArray } from '../binary-array.ts';
import { inTransaction } from '../pool.ts';

/** Rows that one statement deletes, at most. */
const AT_ONCE = 5_000;

const OLD = (age: string): string => `now() - ${age}::int * interval '1 day'`;

/** Conditions are repeated on the deleted row: it may have changed since it was found. */
const OLD_TRIAL = (t: string): string =>
  `${t}.state = 'ended' and ${t}.published and ${t}.told and ${t}.ended_at < ${OLD('$1')}`;

/**
 * The trials of a run that is active stay: its end counts all of them. A trial's row goes after its attempts; its command is
 * then as unknown as one that was never read, and too old to be run.
 */
const STATEMENTS = [
  `delete from bridge_attempts where ctid = any (array(
     select a.ctid from bridge_attempts a where a.started_at < ${OLD('$1')} and not exists (
       select from bridge_trials t where t.model_run_id = a.model_run_id and t.trial_id = a.trial_id and t.state <> 'ended')
     order by a.started_at limit ${AT_ONCE}))`,
  `with found as (
     select t.model_run_id, t.trial_id from bridge_trials t where ${OLD_TRIAL('t')}
       and not exists (select from bridge_runs r where r.model_run_id = t.model_run_id and r.active)
     order by t.ended_at limit ${AT_ONCE})
   delete from bridge_trials t using found f
   where t.model_run_id = f.model_run_id and t.trial_id = f.trial_id and ${OLD_TRIAL('t')}`,
  `delete from bridge_calls where ctid = any (array(
     select c.ctid from bridge_calls c where c.state = 'ended' and c.ended_at < ${OLD('$1')} order by c.ended_at limit ${AT_ONCE}))`,
  `delete from bridge_cancellations where ctid = any (array(
     select c.ctid from bridge_cancellations c where c.cancelled_at < ${OLD('$1')} limit ${AT_ONCE}))`,
  `delete from bridges where alive_until < now() - interval '1 hour'`,
] as const;

const IDLE_RUN = `not r.active and r.published and r.start_published and r.expanded >= r.trials
  and coalesce(r.ended_at, r.cancelled_at, r.requested_at) < ${OLD('$1')}
  and not exists (select from bridge_trials t where t.model_run_id = r.model_run_id)`;

const LOCK_IDLE_RUNS = `
  select r.model_run_id from bridge_runs r where ${IDLE_RUN} order by r.model_run_id limit ${AT_ONCE} for update skip locked`;
/** Checks again, under the lock: commands hold the row of a run while they add trials to it. */
const DELETE_RUNS = `delete from bridge_runs r where r.model_run_id = any($2::text[]) and ${IDLE_RUN}`;

/** Deletes ended trials, their attempts and idle runs older than `days`, a bounded number of each. */
export async function pruneQueue(pool: pg.Pool, days: number): Promise<void> {
  for (const statement of STATEMENTS) await pool.query(statement, statement.includes('$1') ? [days] : []);
  await inTransaction(pool, async (client) => {
    const { rows } = await client.query<{ model_run_id: string }>(LOCK_IDLE_RUNS, [days]);
    if (rows.length > 0) await client.query(DELETE_RUNS, [days, textArray(rows.map((row) => row.model_run_id))]);
  });
}

/** Each part has the condition of an index: one over all states would read every trial that has ended, too. */
const COUNT = `
  select 'queued' as state, count(*)::int as count from bridge_trials where state = 'queued'
  union all
  select state, count(*)::int from bridge_trials where state in ('leased', 'held') group by state`;

/** The number of trials that have not ended, by state. */
export async function countOpenTrials(
  pool: pg.Pool | pg.ClientBase,
): Promise<Readonly<Record<'queued' | 'leased' | 'held', number>>> {
  const { rows } = await pool.query<{ state: 'queued' | 'leased' | 'held'; count: number }>(COUNT);
  return { queued: 0, leased: 0, held: 0, ...Object.fromEntries(rows.map(({ state, count }) => [state, count])) };
}
