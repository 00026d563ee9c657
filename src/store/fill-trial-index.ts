import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import type { Log } from '../log.ts';
import { describeDatabaseError } from './database-error.ts';
import { inTransaction } from './pool.ts';

/** Trials of one transaction: at 150 parameters and 100 metrics each some 25,000 rows, a second of work at most. */
const TRIALS_AT_ONCE = 100;
const KEYS_AT_ONCE = 500;
/** The pause between transactions, so that writers have their share of the server. */
const PAUSE_MS = 20;
/** The pause while another process fills the index, or after an error. */
const RETRY_MS = 5_000;

interface Progress {
  readonly model_run_id: string;
  readonly trial_id: string;
  readonly trial_key: number;
  readonly is_done: boolean;
}

const NEXT_TRIALS = `
  select model_run_id, trial_id from cerebros_model_trials
  where (model_run_id, trial_id) > ($1, $2)
  order by model_run_id, trial_id
  limit ${TRIALS_AT_ONCE}
  for share`;

const INDEX = [
  'select index_trials($1, $2)',
  'select index_final_metrics($1, $2)',
  'select index_parameters($1, $2)',
] as const;

/** The names of a trial by a loose scan of the primary key: one look-up for each name, however many points it has. */
const NAMES = `
  with keys as (
    select trial_key, model_run_id from metric_trials where trial_key > $1 order by trial_key limit ${KEYS_AT_ONCE}
  ),
  added as (
    insert into run_metric_names (model_run_id, name)
    select distinct k.model_run_id, n.name
    from keys k
    cross join lateral (
      with recursive seen as (
        (select m.name_key from trial_metrics m where m.trial_key = k.trial_key order by m.name_key limit 1)
        union all
        select (
          select m.name_key from trial_metrics m
          where m.trial_key = k.trial_key and m.name_key > seen.name_key order by m.name_key limit 1
        ) from seen where seen.name_key is not null
      )
      select name_key from seen
    ) s
    join metric_names n using (name_key)
    order by 1, 2
    on conflict do nothing
  )
  select max(trial_key) as trial_key from keys`;

/** Adds one batch of the rows that are older than the index. Resolves with whether all have been added, or `busy`. */
const fillBatch = (pool: pg.Pool): Promise<'done' | 'more' | 'busy'> =>
  inTransaction(pool, async (client) => {
    const locked = await client.query<Progress>('select * from trial_index_filling for update skip locked');
    const progress = locked.rows[0];
    if (progress === undefined) return 'busy';
    if (!progress.is_done && (await addTrials(client, progress))) return 'more';
    const names = await client.query<{ trial_key: number | null }>(NAMES, [progress.trial_key]);
    const key = names.rows[0]?.trial_key ?? null;
    if (key === null && progress.is_done) return 'done';
    await client.query(
      'update trial_index_filling set trial_key = coalesce($1, trial_key), is_done = is_done or $1 is null',
      [key],
    );
    return key === null ? 'done' : 'more';
  });

/** Adds the next trials to the index. Resolves with false if there are none. */
async function addTrials(client: pg.PoolClient, { model_run_id, trial_id }: Progress): Promise<boolean> {
  const { rows } = await client.query<Pick<Progress, 'model_run_id' | 'trial_id'>>(NEXT_TRIALS, [
    model_run_id,
    trial_id,
  ]);
  const last = rows.at(-1);
  if (last === undefined) return false;
  const ids = [rows.map((row) => row.model_run_id), rows.map((row) => row.trial_id)];
  for (const sql of INDEX) await client.query(sql, ids);
  await client.query('update trial_index_filling set model_run_id = $1, trial_id = $2', [
    last.model_run_id,
    last.trial_id,
  ]);
  return true;
}

/**
 * Adds the rows that are older than the index of trials to it, batch by batch, and resolves when all are there or the signal is
 * aborted. It continues where an earlier process stopped. Several processes may call it: one of them works, the others wait.
 *
 * Afterwards it lists the metrics of trials that have come since the call before: a process of an older release, which
 * runs until a rolling update has replaced it, writes points without `run_metric_names`.
 */
export async function fillTrialIndex(pool: pg.Pool, log: Log, signal: AbortSignal): Promise<void> {
  let batches = 0;
  while (!signal.aborted) {
    const state = await fillBatch(pool).catch((error: unknown) => {
      log.warn({ cause: describeDatabaseError(error) }, 'cannot fill the index of trials; retrying');
      return 'busy' as const;
    });
    if (state === 'done') {
      if (batches > 0) log.info({ batches }, 'the index of trials is complete');
      return;
    }
    if (state === 'more') batches += 1;
    await sleep(state === 'more' ? PAUSE_MS : RETRY_MS, undefined, { signal }).catch(() => undefined);
  }
}
