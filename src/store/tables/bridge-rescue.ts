import type pg from 'pg';
import { LOCK_NUMBERS } from '../lock-numbers.ts';
import { NEXT_EPOCH } from './bridge-claims.ts';
import { NEVER_ASKED } from './bridge-endings.ts';

/**
 * Starts from the trials, not from the dead bridges: a claim may commit just after its bridge was declared dead, and its trial
 * would be leased by none. A dead bridge never becomes alive (see `renewBridge`), so nothing that runs is rescued. Runs are
 * locked in the order in which commands lock them.
 *
 * A trial that was lost too often ends at an epoch that no bridge has held: a lost bridge, or its worker, may still be running
 * somewhere and report the trial, and an event of the same attempt that is later would replace this end.
 */
const RESCUE = `
  with turn as (
    select pg_try_advisory_xact_lock(${LOCK_NUMBERS.rescue}) as mine
  ), orphans as (
    select t.model_run_id, t.trial_id, t.epoch, t.losses + 1 >= $1::int as is_last
    from bridge_trials t, turn
    where turn.mine and t.state = 'leased'
      and not exists (select from bridges b where b.bridge_id = t.bridge_id and b.alive_until > now())
    order by t.model_run_id, t.trial_id
    limit 1000
    for update of t skip locked
  ), back as (
    update bridge_trials t set
      state = case when o.is_last then 'ended' else 'queued' end, losses = t.losses + 1, bridge_id = null, run_after = now(),
      outcome = case when o.is_last then 'failed' end, ended_at = case when o.is_last then now() end,
      ending = case when o.is_last then '{"kind":"lost"}' end,
      epoch = case when o.is_last then ${NEXT_EPOCH('t.epoch')} else t.epoch end,
      published = not o.is_last, told = not o.is_last or ${NEVER_ASKED}
    from orphans o where t.model_run_id = o.model_run_id and t.trial_id = o.trial_id
    returning t.model_run_id, t.trial_id, o.epoch, t.state
  ), locked as materialized (
    select r.model_run_id from bridge_runs r where r.model_run_id in (select model_run_id from orphans)
    order by r.model_run_id
    for update
  ), counted as (
    update bridge_runs r set running = r.running - k.count
    from (select model_run_id, count(*)::int as count from locked join back using (model_run_id) group by model_run_id) k
    where r.model_run_id = k.model_run_id
  ), noted as (
    update bridge_attempts a set ended_at = now(), outcome = 'lost', message = 'the bridge stopped renewing its lease'
    from back where a.model_run_id = back.model_run_id and a.trial_id = back.trial_id and a.epoch = back.epoch
  )
  select state, count(*)::int as count from back group by state`;

export interface Rescued {
  /** Trials that run again. */
  readonly queued: number;
  /** Trials that were lost too often. */
  readonly ended: number;
}

/**
 * Takes the trials of dead bridges back into the queue; one that was lost `maxLosses` times has failed. Only one bridge
 * rescues at a time: meanwhile this returns 0 for the others.
 */
export async function rescueTrials(pool: pg.Pool, maxLosses: number): Promise<Rescued> {
  const { rows } = await pool.query<{ state: keyof Rescued; count: number }>(RESCUE, [maxLosses]);
  return { queued: 0, ended: 0, ...Object.fromEntries(rows.map(({ state, count }) => [state, count])) };
}
