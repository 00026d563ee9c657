import type pg from 'pg';
import { textArray } from '../binary-array.ts';
import type { TrialOutcome } from './bridge-endings.ts';

/** An ended trial whose events are not known to be in Kafka. */
export interface EndedTrial {
  readonly model_run_id: string;
  readonly trial_id: string;
  readonly command_id: string;
  readonly epoch: number;
  readonly outcome: TrialOutcome;
  /** Epoch milliseconds. */
  readonly ended_at: number;
  readonly ending: string;
  readonly hyperparams: string | null;
  readonly spectral_norm: boolean | null;
  readonly correlation_id: string | null;
  readonly traceparent: string | null;
}

const COLUMNS = `model_run_id, trial_id, command_id, epoch, outcome, (extract(epoch from ended_at) * 1000)::float8 as ended_at,
  ending, hyperparams, spectral_norm, correlation_id, traceparent`;

const UNPUBLISHED = `
  select ${COLUMNS} from bridge_trials
  where not published and state = 'ended' and ended_at <= now() - $1::float8 * interval '1 ms'
  order by ended_at limit $2`;

/** Ended trials without published events, the oldest first. @param ageMs the least time since their end. */
export const unpublishedTrials = async (pool: pg.Pool, ageMs: number, limit: number): Promise<readonly EndedTrial[]> =>
  (await pool.query<EndedTrial>(UNPUBLISHED, [ageMs, limit])).rows;

const ENDED_TRIAL = `
  select ${COLUMNS} from bridge_trials t
  join unnest($1::text[], $2::text[]) as g (model_run_id, trial_id) using (model_run_id, trial_id)
  where not published and state = 'ended'`;

export interface QueuedTrial {
  readonly model_run_id: string;
  readonly trial_id: string;
}

const namesOf = (trials: readonly QueuedTrial[]): Buffer[] => [
  textArray(trials.map(({ model_run_id }) => model_run_id)),
  textArray(trials.map(({ trial_id }) => trial_id)),
];

/** Those of `trials` that have ended without published events. */
export const endedTrials = async (pool: pg.Pool, trials: readonly QueuedTrial[]): Promise<readonly EndedTrial[]> =>
  (await pool.query<EndedTrial>(ENDED_TRIAL, namesOf(trials))).rows;

/** An ended trial whose study does not have its outcome. */
export interface UntoldTrial extends QueuedTrial {
  readonly outcome: TrialOutcome;
  readonly ending: string | null;
  readonly optuna_number: number | null;
  readonly study: string;
}

const UNTOLD = `
  select t.model_run_id, t.trial_id, t.outcome, t.ending, t.optuna_number, r.study
  from bridge_trials t join bridge_runs r using (model_run_id)
  where not t.told and t.state = 'ended' and t.ended_at <= now() - $1::float8 * interval '1 ms' and r.study is not null
    and ($3::text is null or (t.model_run_id = $3 and t.trial_id = $4))
  order by t.ended_at limit $2`;

/**
 * Ended trials that their studies do not have, the oldest first.
 *
 * @param ageMs the least time since their end.
 * @param only the one trial to read.
 */
export const untoldTrials = async (
  pool: pg.Pool,
  ageMs: number,
  limit: number,
  only?: QueuedTrial,
): Promise<readonly UntoldTrial[]> =>
  (await pool.query<UntoldTrial>(UNTOLD, [ageMs, limit, only?.model_run_id ?? null, only?.trial_id ?? null])).rows;

const TOLD = `update bridge_trials set told = true where model_run_id = $1 and trial_id = $2 and state = 'ended'`;

/** Notes that the study of a trial has its outcome. */
export const markTold = (pool: pg.Pool, { model_run_id, trial_id }: QueuedTrial): Promise<unknown> =>
  pool.query(TOLD, [model_run_id, trial_id]);

const PUBLISHED = `
  update bridge_trials t set published = true from unnest($1::text[], $2::text[]) as g (model_run_id, trial_id)
  where t.model_run_id = g.model_run_id and t.trial_id = g.trial_id and t.state = 'ended' and not t.published`;

/** Notes that the events of ended trials are in Kafka. */
export async function markPublished(pool: pg.Pool, trials: readonly QueuedTrial[]): Promise<void> {
  await pool.query(PUBLISHED, namesOf(trials));
}
