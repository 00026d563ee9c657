import { entityName } from '../../../src/mlflow/entity-name.ts';
import type { PythonClient } from '../../mlflow/python-client.ts';
import type { FaultWorld } from './fault-world.ts';

interface Trial {
  readonly trial_id: string;
  readonly status: string;
  readonly hyperparams: Readonly<Record<string, unknown>> | null;
  readonly metrics: Readonly<Record<string, number>> | null;
  readonly run_id: string | null;
  readonly origin: 'mirror' | 'client' | null;
}

const TRIALS = `
  select t.trial_id, t.status, t.hyperparams, t.metrics, l.run_id, l.origin
  from trials t left join mlflow_links l using (model_run_id, trial_id)
  where t.model_run_id = $1 order by t.trial_id`;

const POINTS = `
  select name, step::text, (extract(epoch from recorded_at) * 1000)::bigint::text as at, value::text
  from trial_metric_points where model_run_id = $1 and trial_id = $2`;

const STATUSES: Readonly<Record<string, string>> = {
  completed: 'FINISHED',
  failed: 'FAILED',
  cancelled: 'KILLED',
  skipped: 'KILLED',
};

const SHOWN = 10;

/** The numbers of trials and points that were compared, and the differences. */
export interface Comparison {
  readonly trials: number;
  readonly points: number;
  readonly faults: readonly string[];
}

/**
 * Compares the ended trials of a run in Postgres with MLflow as its official client reads it: each has exactly one active run
 * with its status, its params, and its points as a set of name, step, time and value. A run of training code has times,
 * params and final values of its own, which are not compared.
 */
export async function compareWithMlflow(
  world: FaultWorld,
  python: PythonClient,
  modelRunId: string,
): Promise<Comparison> {
  const trials: readonly Trial[] = (await world.query(TRIALS, [modelRunId])).rows;
  const faults: string[] = [];
  let points = 0;
  for (const trial of trials) {
    const { trial_id, status, run_id, origin } = trial;
    const tagged = (await python.activeRuns(`tags.trial_id = '${trial_id}'`)).filter(
      ({ tags }) => tags.model_run_id === modelRunId,
    );
    if (tagged.length !== 1 || tagged[0]?.run_id !== run_id) {
      faults.push(`${trial_id} has the active runs ${tagged.map((run) => run.run_id).join(', ')}, linked is ${run_id}`);
      continue;
    }
    if (tagged[0]?.status !== STATUSES[status]) faults.push(`${trial_id} is ${tagged[0]?.status} instead of ${status}`);
    const run = await python.readRun(run_id);
    const isMirrored = origin === 'mirror';
    const stored = (await world.query(POINTS, [modelRunId, trial_id])).rows.map(({ name, step, at, value }) =>
      textOf(entityName(name), step, isMirrored ? at : '', value),
    );
    const finals = Object.entries(isMirrored ? (trial.metrics ?? {}) : {}).map(([name, value]) =>
      textOf(entityName(`final/${name}`), '0', '', String(value)),
    );
    const mirrored = run.points.map(([key, value, at, step]) =>
      textOf(key, step, isMirrored && !key.startsWith('final/') ? String(at) : '', value),
    );
    faults.push(...difference(trial_id, new Set([...stored, ...finals]), new Set(mirrored)));
    if (isMirrored && mirrored.length !== new Set(mirrored).size) faults.push(`${trial_id} has a point twice`);
    for (const [name, value] of Object.entries(isMirrored ? (trial.hyperparams ?? {}) : {})) {
      const param = run.params[entityName(name)];
      if (param !== String(value)) faults.push(`${trial_id}: the param ${name} is ${param} instead of ${value}`);
    }
    points += stored.length;
  }
  return { trials: trials.length, points, faults: faults.slice(0, SHOWN) };
}

/** Postgres and Python write the same double differently. */
function textOf(name: string, step: string, at: string, value: string): string {
  const double = value.toLowerCase() === 'nan' ? Number.NaN : Number(value.replace(/^inf$/i, 'Infinity'));
  return `${name} ${step} ${at} ${double}`;
}

const difference = (trial: string, wanted: ReadonlySet<string>, found: ReadonlySet<string>): string[] => [
  ...[...wanted].filter((point) => !found.has(point)).map((point) => `${trial}: MLflow lacks the point ${point}`),
  ...[...found].filter((point) => !wanted.has(point)).map((point) => `${trial}: only MLflow has the point ${point}`),
];
