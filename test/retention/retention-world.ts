import type pg from 'pg';
import { openConnections } from '../../src/connections.ts';
import type { MlEvent } from '../../src/events/event.ts';
import { createLog } from '../../src/log.ts';
import { createMetrics } from '../../src/metrics.ts';
import { readArchivedPoints } from '../../src/replay/read-archived-points.ts';
import { applyRetention, type MoveOutcome, type RetentionParts } from '../../src/retention/apply-retention.ts';
import { Pace } from '../../src/retention/pace.ts';
import { queries } from '../../src/roles/queries.ts';
import { Lifecycle } from '../../src/runtime/lifecycle.ts';
import { type Serving, serve } from '../../src/serve.ts';
import type { ObjectStore } from '../../src/sinks/archive/object-store.ts';
import { openStore } from '../../src/sinks/archive/open-store.ts';
import { migrate } from '../../src/store/migrate.ts';
import { createPool } from '../../src/store/pool.ts';
import { setWidth } from '../../src/store/tables/metric-partitions.ts';
import { accept } from '../events/receive.ts';
import { createReplayWorld, type ReplayWorld } from '../replay/replay-world.ts';

/** Trials in a partition. */
export const WIDTH = 4;
const DAY_MS = 86_400_000;

/** A whole system with narrow partitions, whose points are moved to older tiers. */
export interface RetentionWorld extends ReplayWorld {
  readonly pool: pg.Pool;
  readonly store: ObjectStore;
  /** Runs the retention of all points older than a day. */
  retain(onStep?: RetentionParts['onStep']): Promise<readonly MoveOutcome[]>;
  get<T>(path: string): Promise<T>;
  text(path: string): Promise<string>;
}

export async function createRetentionWorld(): Promise<RetentionWorld> {
  const world = await createReplayWorld();
  await migrate(world.databaseUrl);
  const log = createLog('silent');
  const settings = { databaseUrl: world.databaseUrl, poolSize: 6, statementTimeoutMs: 60_000, lockTimeoutMs: 20_000 };
  const pool = createPool(settings, log);
  await setWidth(pool, WIDTH);
  const lifecycle = new Lifecycle(log);
  const connections = openConnections(
    world.config,
    { log, metrics: createMetrics() },
    { purpose: 'replay', registers: [], lifecycle },
  );
  const store = openStore(world.config.s3);
  const serving: Serving = await serve(world.config, [queries], log);
  const signal = new AbortController().signal;
  const fetched = async (path: string): Promise<Response> => {
    const response = await fetch(serving.url + path);
    if (response.status !== 200) throw new Error(`GET ${path}: ${response.status} ${await response.text()}`);
    return response;
  };
  return {
    ...world,
    pool,
    store,
    async retain(onStep = () => undefined) {
      const parts: RetentionParts = {
        pool,
        store,
        prefix: world.config.archive.prefix,
        pace: new Pace(1),
        signal,
        readArchive: (window, handle) => readArchivedPoints(connections, window, handle, 3, signal),
        onStep,
      };
      const outcomes: MoveOutcome[] = [];
      for await (const outcome of applyRetention(parts, new Date(Date.now() - DAY_MS))) outcomes.push(outcome);
      return outcomes;
    },
    get: async <T>(path: string) => (await (await fetched(path)).json()) as T,
    text: async (path) => (await fetched(path)).text(),
    async close() {
      await serving.stop();
      await lifecycle.stop(10_000);
      store.close();
      await pool.end();
      await world.close();
    },
  };
}

export const LONG_STEPS = 1_230;
const T0 = Date.now() - 60 * DAY_MS;

/** Events of ten trials of one run, sixty days old: a long series, a short one, one with attempts, and values that are not finite. */
export function oldEvents(): MlEvent[] {
  const about = (n: number) => ({ model_run_id: 'old', trial_id: `t${n}`, spectral_norm: n % 2 === 0 });
  return Array.from({ length: 10 }, (_, n) => [
    accept('ml.trial.start', { ...about(n), timestamp: T0, hyperparams: { lr: n } }),
    ...Array.from({ length: n === 0 ? LONG_STEPS : 40 + n }, (_step, step) =>
      accept('ml.run.metric', {
        ...about(n),
        step,
        timestamp: T0 + step * 1_000,
        ...(n === 3 && { attempt: 1 + (step % 2) }),
        measurements: { loss: lossOf(n, step), acc: step / 100 },
      }),
    ),
  ]).flat();
}

const lossOf = (n: number, step: number): number | string => {
  if (n === 1 && step % 7 === 0) return step % 2 === 0 ? 'NaN' : 'Infinity';
  return n === 2 ? 1.7e308 * (step % 2 === 0 ? 1 : -1) : Math.sin(step / 9) * (n + 1);
};
