import type pg from 'pg';
import { connectClient } from '../store/connect-client.ts';
import { readLedger } from './ledger.ts';

/** The ledger compared with the tables. */
export interface Verdict {
  readonly acknowledged: number;
  /** Acknowledged events that are not in the tables, at most a hundred of them. */
  readonly missing: readonly string[];
  readonly missingCount: number;
  /** Rejected events that are in the tables nevertheless. */
  readonly unwanted: readonly string[];
}

interface Expected {
  /** Metric events by id, true for accepted. */
  readonly points: Map<string, boolean>;
  /** The accepted lifecycle events of each trial. */
  readonly trials: Map<string, Set<string>>;
}

const STATUS_OF_EVENT: Readonly<Record<string, string>> = {
  'ml.trial.complete': 'completed',
  'ml.trial.failed': 'failed',
};

const LISTED = 100;

/** Checks each acknowledged event of a ledger against the tables: metric points by their id, lifecycle by its effect. */
export async function verifyLedger(path: string, databaseUrl: string): Promise<Verdict> {
  const runs = new Map<string, Expected>();
  let acknowledged = 0;
  for await (const { event_id, event, model_run_id, trial_id, answer } of readLedger(path)) {
    // An event without an answer may be stored or not.
    if (answer === 'unknown') continue;
    if (answer === 'accepted') acknowledged += 1;
    let run = runs.get(model_run_id);
    if (run === undefined) {
      run = { points: new Map(), trials: new Map() };
      runs.set(model_run_id, run);
    }
    if (event === 'ml.run.metric') run.points.set(event_id, answer === 'accepted');
    else if (answer === 'accepted') run.trials.set(trial_id, (run.trials.get(trial_id) ?? new Set()).add(event));
  }

  const client = await connectClient(databaseUrl, 'verify ledger');
  try {
    const missing: string[] = [];
    const unwanted: string[] = [];
    for (const [run, expected] of runs) {
      const found = new Set(await pointIds(client, run));
      for (const [id, accepted] of expected.points) {
        if (accepted && !found.has(id)) missing.push(`metric event ${id} of ${run}`);
        if (!accepted && found.has(id)) unwanted.push(`metric event ${id} of ${run}`);
      }
      missing.push(...(await missingTrials(client, run, expected.trials)));
    }
    return {
      acknowledged,
      missing: missing.slice(0, LISTED),
      missingCount: missing.length,
      unwanted: unwanted.slice(0, LISTED),
    };
  } finally {
    await client.end();
  }
}

async function pointIds(client: pg.Client, run: string): Promise<string[]> {
  const sql = 'select distinct event_id from trial_attempt_points where model_run_id = $1';
  return (await client.query<{ event_id: string }>(sql, [run])).rows.map((row) => row.event_id);
}

async function missingTrials(client: pg.Client, run: string, trials: Expected['trials']): Promise<string[]> {
  const sql = 'select trial_id, status, started_at from cerebros_model_trials where model_run_id = $1';
  const rows = new Map(
    (await client.query<{ trial_id: string; status: string; started_at: Date | null }>(sql, [run])).rows.map((row) => [
      row.trial_id,
      row,
    ]),
  );
  return [...trials].flatMap(([trial, events]) => {
    const row = rows.get(trial);
    return [...events]
      .filter((event) =>
        event === 'ml.trial.start' ? row?.started_at == null : row?.status !== (STATUS_OF_EVENT[event] ?? row?.status),
      )
      .map((event) => `${event} of ${run}/${trial} (its row: ${row === undefined ? 'none' : row.status})`);
  });
}
