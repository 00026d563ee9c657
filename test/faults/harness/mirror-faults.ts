import { query } from '../../support/query.ts';
import type { FaultWorld } from './fault-world.ts';

interface MlflowRun {
  readonly run_uuid: string;
  readonly status: string;
  readonly trial_id: string | null;
  readonly has_key: boolean;
  readonly lifecycle_stage: string;
}

const SHOWN = 10;

const RUNS = `
  select r.run_uuid, r.status, r.lifecycle_stage,
    (select value from tags where run_uuid = r.run_uuid and key = 'trial_id') as trial_id,
    exists (select from tags where run_uuid = r.run_uuid and key = 'thunderline.key') as has_key
  from runs r join experiments e using (experiment_id) where e.name = $1`;

/** MLflow's own tables, so that nothing between them and the test can hide a second point. */
const POINTS = `
  select t.value as trial_id, m.key as name, m.step::text, m.timestamp::text as at,
    case when m.is_nan then 'NaN' else m.value::text end as value
  from metrics m
  join runs r using (run_uuid)
  join experiments e using (experiment_id)
  join tags t on t.run_uuid = m.run_uuid and t.key = 'trial_id'
  where e.name = $1 and r.lifecycle_stage = 'active' and m.key not like 'final/%'`;

const PARAMS = `
  select t.value as trial_id, p.key, p.value
  from params p
  join runs r using (run_uuid)
  join experiments e using (experiment_id)
  join tags t on t.run_uuid = p.run_uuid and t.key = 'trial_id'
  where e.name = $1 and r.lifecycle_stage = 'active'`;

const OWN_POINTS = `
  select trial_id, name, step::text, (extract(epoch from recorded_at) * 1000)::bigint::text as at, value::text
  from trial_metric_points where model_run_id = $1`;

const OWN_TRIALS = 'select trial_id, status, hyperparams, mlflow_run_id from trials where model_run_id = $1';

const STATUSES: Readonly<Record<string, string>> = {
  completed: 'FINISHED',
  failed: 'FAILED',
  cancelled: 'KILLED',
  skipped: 'KILLED',
  running: 'RUNNING',
};

/**
 * The differences between MLflow and Postgres for one run; empty if each trial has one active run with its status, its params
 * and each of its points once. The points of a trial that logs to MLflow itself are not compared.
 */
export async function mirrorFaults(
  world: FaultWorld,
  mlflowDatabaseUrl: string,
  modelRunId: string,
): Promise<string[]> {
  const mlflow = async <T>(sql: string): Promise<T[]> =>
    (await query(mlflowDatabaseUrl, sql, [modelRunId])).rows as T[];
  const own = async <T>(sql: string): Promise<T[]> => (await world.query(sql, [modelRunId])).rows as T[];
  const runs = await mlflow<MlflowRun>(RUNS);
  const trials = await own<{
    trial_id: string;
    status: string;
    hyperparams: object | null;
    mlflow_run_id: string | null;
  }>(OWN_TRIALS);
  const active = runs.filter(({ lifecycle_stage }) => lifecycle_stage === 'active');
  const faults: string[] = [];
  for (const { trial_id, status, mlflow_run_id } of trials) {
    const mine = active.filter((run) => run.trial_id === trial_id);
    if (mine.length !== 1) faults.push(`trial ${trial_id} has ${mine.length} active runs`);
    const [run] = mine;
    if (mlflow_run_id !== null && run?.run_uuid !== mlflow_run_id)
      faults.push(`trial ${trial_id} is not in the run of its client`);
    else if (mlflow_run_id === null && run?.status !== STATUSES[status])
      faults.push(`trial ${trial_id} is ${run?.status} instead of ${status}`);
  }
  if (active.length !== trials.length) faults.push(`${active.length} active runs for ${trials.length} trials`);
  const findable = runs.filter(({ lifecycle_stage, has_key }) => lifecycle_stage === 'deleted' && has_key);
  if (findable.length > 0) faults.push(`${findable.length} deleted runs still have their key`);

  const linked = new Set(trials.filter(({ mlflow_run_id }) => mlflow_run_id !== null).map(({ trial_id }) => trial_id));
  const points = (await own<{ trial_id: string }>(OWN_POINTS)).filter(({ trial_id }) => !linked.has(trial_id));
  const mirrored = (await mlflow<{ trial_id: string }>(POINTS)).filter(({ trial_id }) => !linked.has(trial_id));
  faults.push(...difference('point', points.map(textOf), mirrored.map(textOf)));
  const params = trials
    .filter(({ trial_id }) => !linked.has(trial_id))
    .flatMap(({ trial_id, hyperparams }) =>
      Object.entries(hyperparams ?? {}).map(([key, value]) => textOf({ trial_id, key, value: String(value) })),
    );
  const held = (await mlflow<{ trial_id: string }>(PARAMS)).filter(({ trial_id }) => !linked.has(trial_id));
  faults.push(...difference('param', params, held.map(textOf)));
  return faults.slice(0, SHOWN);
}

const textOf = (row: object): string => Object.values(row).join(' ');

/** Every item that one list has more often than the other. */
function difference(what: string, wanted: readonly string[], found: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const item of wanted) counts.set(item, (counts.get(item) ?? 0) - 1);
  for (const item of found) counts.set(item, (counts.get(item) ?? 0) + 1);
  return [...counts]
    .filter(([, count]) => count !== 0)
    .map(([item, count]) => `${what} ${item} is ${count < 0 ? 'missing in' : 'too often in'} MLflow`);
}
