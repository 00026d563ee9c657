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

/** One end of a trial: a trial that is run again has a greater epoch at its next end. */
export interface EndedEpoch extends QueuedTrial {
  readonly epoch: number;
}

/** An ended trial whose study does not have its outcome. */
export interface UntoldTrial extends EndedEpoch {
  readonly outcome: TrialOutcome;
  readonly ending: string | null;
  readonly optuna_number: number | null;
  readonly study: string;
}

const UNTOLD = `
  select t.model_run_id, t.trial_id, t.epoch, t.outcome, t.ending, t.optuna_number, r.study
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

const TOLD = `
  update bridge_trials set told = true where model_run_id = $1 and trial_id = $2 and epoch = $3 and state = 'ended'`;

/** Notes that the study of a trial has this end. */
export const markTold = (pool: pg.Pool, { model_run_id, trial_id, epoch }: EndedEpoch): Promise<unknown> =>
  pool.query({ name: 'bridge-told', text: TOLD, values: [model_run_id, trial_id, epoch] });

const PUBLISHED = `
  update bridge_trials t set published = true
  from unnest($1::text[], $2::text[], $3::int[]) as g (model_run_id, trial_id, epoch)
  where t.model_run_id = g.model_run_id and t.trial_id = g.trial_id and t.epoch = g.epoch
    and t.state = 'ended' and not t.published`;

/** Notes that the events of these ends are in Kafka. A trial that has another end meanwhile stays as it is. */
export async function markPublished(pool: pg.Pool, ends: readonly EndedEpoch[]): Promise<void> {
  const values = [...namesOf(ends), ends.map(({ epoch }) => epoch)];
  await pool.query({ name: 'bridge-published', text: PUBLISHED, values });
}
