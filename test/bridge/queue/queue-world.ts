import type pg from 'pg';
import type { TrialCommand } from '../../../src/avro/records.ts';
import { createCommandSink } from '../../../src/bridge/queue/command-sink.ts';
import { uuidV5 } from '../../../src/events/ids.ts';
import { createLog } from '../../../src/log.ts';
import { createMetrics, type Metrics } from '../../../src/metrics.ts';
import type { DecodedRecord, Rejected } from '../../../src/runtime/stage.ts';
import { migrate } from '../../../src/store/migrate.ts';
import { createPool, POOL_TIMEOUTS } from '../../../src/store/pool.ts';
import { registerBridge } from '../../../src/store/tables/bridge-hosts.ts';
import { query } from '../../support/query.ts';
import { trialCommand } from '../../support/trial-command.ts';
import { createWorld } from '../../support/world.ts';

const DAY_MS = 86_400_000;
const LONG_MS = 600_000;

/** The queue of the bridge in a database of its own. */
export interface QueueWorld {
  readonly pool: pg.Pool;
  readonly databaseUrl: string;
  readonly metrics: Metrics;
  /** Writes commands as the consumer of `ml.commands` would. Throws if one is rejected. */
  command(...commands: readonly TrialCommand[]): Promise<void>;
  write(...records: readonly DecodedRecord[]): Promise<readonly Rejected[]>;
  /** Adds a bridge that is alive, for a long time by default. */
  bridge(id: string, leaseMs?: number): Promise<string>;
  query<Row extends pg.QueryResultRow>(sql: string, ...values: readonly unknown[]): Promise<readonly Row[]>;
  empty(): Promise<void>;
  close(): Promise<void>;
}

export async function createQueueWorld(poolSize = 8): Promise<QueueWorld> {
  const world = await createWorld();
  await migrate(world.databaseUrl);
  // Commands of the tests are not from before the queue.
  await query(world.databaseUrl, `update bridge_queue set created_at = now() - interval '10 days'`);
  const pool = createPool({ ...POOL_TIMEOUTS, databaseUrl: world.databaseUrl, poolSize }, createLog('silent'));
  // A server that is busy with other tests must not fail these.
  pool.options.connectionTimeoutMillis = 0;
  const metrics = createMetrics();
  const sink = createCommandSink({ pool, metrics, maxCommandAgeMs: DAY_MS });
  const rows: QueueWorld['query'] = async <Row extends pg.QueryResultRow>(sql: string, ...values: readonly unknown[]) =>
    (await pool.query<Row>(sql, [...values])).rows;
  return {
    pool,
    databaseUrl: world.databaseUrl,
    metrics,
    query: rows,
    write: (...records) => sink.write(records),
    async command(...commands) {
      const rejected = await sink.write(commands.map(recordOf));
      if (rejected.length > 0) throw new Error(rejected.map(({ message }) => message).join('; '));
    },
    async bridge(id, leaseMs = LONG_MS) {
      const bridgeId = uuidV5(id);
      await registerBridge(pool, { bridgeId, host: id, pid: 1, slots: 4, leaseMs });
      return bridgeId;
    },
    async empty() {
      for (const table of [
        'bridge_attempts',
        'bridge_trials',
        'bridge_runs',
        'bridge_cancellations',
        'bridge_calls',
        'bridges',
      ]) {
        await pool.query(`delete from ${table}`);
      }
      await pool.query('delete from model_runs; delete from cerebros_model_trials');
    },
    async close() {
      await pool.end();
      await world.close();
    },
  };
}

export const recordOf = (record: TrialCommand): DecodedRecord => ({
  source: {
    topic: 'ml.commands',
    partition: 0,
    offset: '0',
    timestamp: record.requested_at,
    key: null,
    value: null,
    headers: { traceparent: Buffer.from('00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01') },
  },
  content: { name: 'TrialCommand', record },
});

const COMMAND = trialCommand({ command_id: '', operation: 'run_trial', requested_at: 0, model_run_id: 'run' });

/** A command to run a trial with its hyperparameters. */
export const runTrial = (run: string, trial: string, fields: Partial<TrialCommand> = {}): TrialCommand => ({
  ...COMMAND,
  command_id: uuidV5(`${run} ${trial}`),
  requested_at: Date.now(),
  model_run_id: run,
  trial_id: trial,
  hyperparams: '{}',
  ...fields,
});

/** A command to start a study of this many trials. */
export const startRun = (run: string, n_trials: number, fields: Partial<TrialCommand> = {}): TrialCommand => ({
  ...COMMAND,
  command_id: uuidV5(run),
  operation: 'start_run',
  requested_at: Date.now(),
  model_run_id: run,
  study: JSON.stringify({ n_trials, search_space: { x: { type: 'float', low: 0, high: 1 } } }),
  ...fields,
});

/** A command to cancel a trial, or a run if it names none. */
export const cancel = (run: string, trial: string | null, requested_at = Date.now()): TrialCommand => ({
  ...COMMAND,
  command_id: uuidV5(`cancel ${run} ${trial}`),
  operation: trial === null ? 'cancel_run' : 'cancel_trial',
  requested_at,
  model_run_id: run,
  trial_id: trial,
});

/** Commands for `count` trials of a run: `t000`, `t001`, ... */
export const trialsOf = (run: string, count: number, fields: Partial<TrialCommand> = {}): TrialCommand[] =>
  Array.from({ length: count }, (_, index) => runTrial(run, `t${String(index).padStart(3, '0')}`, fields));
