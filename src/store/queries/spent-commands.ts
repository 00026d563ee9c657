import type pg from 'pg';
import { textArray } from '../binary-array.ts';
import { TERMINAL } from '../tables/bridge-commands.ts';

/** A command to run a trial. */
export interface NamedTrial {
  readonly trial_id: string;
  readonly command_id: string;
}

const ENDED_TRIALS = `
  select g.trial_id, coalesce(b.outcome, t.status) as status
  from unnest($2::text[], $3::text[]) as g (trial_id, command_id)
  left join bridge_trials b on b.model_run_id = $1 and b.trial_id = g.trial_id
  left join cerebros_model_trials t on t.model_run_id = $1 and t.trial_id = g.trial_id
  where case
    when b.trial_id is null then t.status in ${TERMINAL}
    else b.state = 'ended' and b.command_id <> g.command_id::uuid
  end`;

/** The trials among these that have ended, by id, with their status. A trial of the same command is not among them. */
export async function findEndedTrials(
  pool: pg.Pool,
  run: string,
  trials: readonly NamedTrial[],
): Promise<ReadonlyMap<string, string>> {
  const { rows } = await pool.query<{ trial_id: string; status: string }>({
    name: 'ended-trials',
    text: ENDED_TRIALS,
    values: [run, textArray(trials.map((each) => each.trial_id)), textArray(trials.map((each) => each.command_id))],
  });
  return new Map(rows.map(({ trial_id, status }) => [trial_id, status]));
}

const STARTED_RUN = `
  select coalesce(r.outcome, m.status) as status
  from (values ($1::text)) as g (model_run_id)
  left join bridge_runs r using (model_run_id)
  left join model_runs m using (model_run_id)
  where case when r.command_id is null then m.status in ${TERMINAL} else r.command_id <> $2::uuid end`;

/** The status of a run whose study another command has started, or that has ended; undefined for any other run. */
export async function startedRun(pool: pg.Pool, run: string, commandId: string): Promise<string | undefined> {
  const { rows } = await pool.query<{ status: string | null }>({
    name: 'started-run',
    text: STARTED_RUN,
    values: [run, commandId],
  });
  return rows[0] && (rows[0].status ?? 'running');
}
