import type pg from 'pg';
import { loadConfig } from '../../../src/config.ts';
import { createLog } from '../../../src/log.ts';
import { bridge } from '../../../src/roles/bridge.ts';
import { commands } from '../../../src/roles/commands.ts';
import { postgres } from '../../../src/roles/postgres.ts';
import type { Role } from '../../../src/roles/role.ts';
import { router } from '../../../src/roles/router.ts';
import { type Serving, serve } from '../../../src/serve.ts';
import { type Answer, ask } from '../../support/ask.ts';
import { query } from '../../support/query.ts';
import { until } from '../../support/until.ts';
import { createWorld, type World } from '../../support/world.ts';
import { PYTHON, program } from './python.ts';

/** All roles that a trial passes, in one process, with workers of a test script. */
export interface BridgeSystem {
  readonly world: World;
  readonly url: string;
  post(path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  query<Row extends pg.QueryResultRow>(sql: string, values?: readonly unknown[]): Promise<readonly Row[]>;
  /** The rows of the trials of a run once all of them have ended, by id. */
  ended(run: string, count: number): Promise<readonly TrialRow[]>;
  /** Starts further roles in this process, on the same topics and tables. */
  another(roles: readonly Role[], settings?: Readonly<Record<string, string>>): Promise<Serving>;
  close(): Promise<void>;
}

export interface TrialRow {
  readonly trial_id: string;
  readonly status: string;
  readonly spectral_norm: boolean;
  readonly hyperparams: unknown;
  readonly parameters: unknown;
  readonly metrics: Readonly<Record<string, unknown>> | null;
  readonly mlflow_run_id: string | null;
  readonly error_type: string | null;
  readonly error_message: string | null;
  readonly started_at: Date | null;
  readonly completed_at: Date | null;
}

const ENDED_MS = 170_000;

export async function startBridgeSystem(
  script: string,
  settings: Readonly<Record<string, string>> = {},
  roles: readonly Role[] = [commands, router, postgres, bridge],
): Promise<BridgeSystem> {
  const world = await createWorld();
  const started: Serving[] = [];
  const another: BridgeSystem['another'] = async (further, more = {}) => {
    const config = loadConfig({
      ...world.environment,
      CEREBROS_PYTHON: PYTHON,
      CEREBROS_SCRIPT_PATH: program(script),
      BRIDGE_GRACE_MS: '1000',
      // On a busy machine the start of Python may take longer than the default.
      BRIDGE_TIMEOUT_MS: '120000',
      ...settings,
      ...more,
    });
    const serving = await serve(config, further, createLog('silent'));
    started.push(serving);
    return serving;
  };
  const { url } = await another(roles);
  const rows: BridgeSystem['query'] = async (sql, values) => (await query(world.databaseUrl, sql, values)).rows;
  return {
    world,
    url,
    another,
    query: rows,
    post: (path, body, headers = {}) =>
      ask(url + path, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      }),
    ended: (run, count) =>
      until(`${count} trials of ${run} have ended`, ENDED_MS, async () => {
        const trials = await rows<TrialRow & pg.QueryResultRow>(
          `select * from trials where model_run_id = $1 and status not in ('queued', 'running') order by trial_id`,
          [run],
        );
        return trials.length >= count && trials;
      }),
    async close() {
      await Promise.all(started.map((serving) => serving.stop()));
      await world.close();
    },
  };
}
