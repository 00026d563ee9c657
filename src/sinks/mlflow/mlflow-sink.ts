import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { Log } from '../../log.ts';
import type { Metrics } from '../../metrics.ts';
import { type MlflowClient, openMlflow } from '../../mlflow/client.ts';
import type { MlflowConfig } from '../../mlflow/options.ts';
import type { Sink } from '../../runtime/sink.ts';
import type { Delivery } from '../../runtime/stage.ts';
import { type AdvisoryLocks, createAdvisoryLocks } from '../../store/advisory-locks.ts';
import { DatabaseUnavailable } from '../../store/database-error.ts';
import { createPool, POOL_TIMEOUTS } from '../../store/pool.ts';
import { prepareTables } from '../../store/prepare-tables.ts';
import { MlflowBreaker } from './breaker.ts';
import { Deliveries } from './deliveries.ts';
import { createExperiments } from './experiments.ts';
import { createForbiddenSubjects } from './forbidden-subjects.ts';
import type { Mirror } from './mirror.ts';
import type { MirrorConfig } from './options.ts';
import { SentTags } from './point-tags.ts';
import { createRefusalCauses } from './refusal-causes.ts';
import { startBackfills } from './repeat-backfills.ts';
import { createRunLinks } from './run-links.ts';
import { writeBatch } from './write-batch.ts';

export interface MlflowSinkOptions {
  readonly databaseUrl: string;
  readonly poolSize: number;
  /** Whether `open` migrates the tables; absent: it does. */
  readonly migrate?: 'start' | 'never';
  readonly mlflow: MlflowConfig;
  readonly mirror: MirrorConfig;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Aborted when the process stops; writes in progress then end soon, with an error. */
  readonly signal?: AbortSignal | undefined;
  /** How often incomplete backfills are looked for; absent: every 30 s. */
  readonly backfillsEveryMs?: number;
}

/**
 * Large, because a call with the points of one trial is cheap only if the batch has hundreds of them. The calls of two
 * partitions keep MLflow busy.
 */
const BATCH = { maxRecords: 20_000, maxBytes: 8 * 1_048_576, fetchBytes: 4 * 1_048_576, partitions: 2 } as const;

/** A batch of this many points fills calls well; a smaller one waits a little, so that the next one is larger. */
const FULL_BATCH = 2_000;

const BACKFILLS_EVERY_MS = 30_000;

/** How long the calls in progress may take once the process stops. */
const STOP_GRACE_MS = 3_000;

/** Everything that is open between `open` and `close`. */
interface Opened {
  readonly pool: pg.Pool;
  readonly locks: AdvisoryLocks;
  readonly client: MlflowClient;
  readonly breaker: MlflowBreaker;
  readonly backfills: ReturnType<typeof startBackfills>;
  readonly parts: Parameters<typeof writeBatch>[0];
}

/**
 * Mirrors trials to MLflow: an experiment for each run, a run for each trial. Postgres is read and keeps the links, but what
 * the mirror writes does not wait for the sink `postgres`. See docs/mlflow.md for the protocol.
 */
export function createMlflowSink(options: MlflowSinkOptions): Sink {
  const { log, metrics } = options;
  const stopping = options.signal ?? new AbortController().signal;
  const deliveries = new Deliveries();
  const lastWrite = new Map<string, number>();
  let opened: Opened | undefined;
  let progressedAt = 0;

  function open(): Opened {
    const { databaseUrl, poolSize } = options;
    const locks = createAdvisoryLocks(databaseUrl, 'mlflow mirror');
    const client = openMlflow(options.mlflow, { locks, metrics });
    const pool = createPool({ ...POOL_TIMEOUTS, databaseUrl, poolSize }, log, { metrics, pool: 'mlflow' });
    const mirror: Mirror = {
      client,
      pool,
      locks,
      log,
      metrics,
      signal: withGrace(stopping),
      callTimeoutMs: options.mlflow.timeoutMs,
      publicUrl: options.mirror.publicUrl.toString().replace(/\/+$/, ''),
      progressed: () => {
        progressedAt = Date.now();
      },
      proceed: () => {
        if (stopping.aborted) throw new Error('the process is stopping: the rest is written after its next start');
      },
    };
    const experiments = createExperiments(mirror);
    const parts = {
      mirror,
      links: createRunLinks(mirror, experiments),
      causes: createRefusalCauses(mirror, experiments),
      forbidden: createForbiddenSubjects(mirror),
      sentTags: new SentTags(),
      deliveries,
    };
    const breaker = new MlflowBreaker({ probe: () => client.check(), log, metrics });
    const everyMs = options.backfillsEveryMs ?? BACKFILLS_EVERY_MS;
    return { pool, locks, client, breaker, parts, backfills: startBackfills({ parts, breaker, everyMs }) };
  }

  function whileOpen(): Opened {
    if (opened === undefined) throw new Error('the MLflow sink is not open');
    return opened;
  }

  /** Delays a small batch of points until its partition has not been written for a while. */
  async function linger(delivery: Delivery | undefined, points: number): Promise<void> {
    if (delivery === undefined || points === 0 || points >= FULL_BATCH) return;
    const partition = `${delivery.topicId}/${delivery.partition}`;
    const waitMs = (lastWrite.get(partition) ?? 0) + options.mirror.lingerMs - Date.now();
    if (waitMs > 0) await sleep(waitMs, undefined, { signal: stopping });
    lastWrite.set(partition, Date.now());
  }

  return {
    name: 'mlflow',
    batch: BATCH,
    waiting: 'degraded',
    progressedAt: () => progressedAt,

    async open() {
      await prepareTables({ migrate: 'start', ...options });
      opened = open();
    },

    available: () => whileOpen().breaker.pass(),

    async write(records, delivery) {
      const { breaker, parts } = whileOpen();
      const points = records.filter(({ content }) => content.name === 'RunMetric').length;
      if (points === records.length) await linger(delivery, points);
      await breaker.pass();
      try {
        const rejected = await writeBatch(parts, records, delivery);
        breaker.succeeded();
        return rejected;
      } catch (error) {
        breaker.failed(error);
        throw error instanceof pg.DatabaseError ? new DatabaseUnavailable(error) : error;
      }
    },

    async close() {
      const closing = opened;
      opened = undefined;
      await closing?.backfills.stop();
      await closing?.client.close();
      await closing?.locks.close();
      await closing?.pool.end();
    },
  };
}

/** A signal that follows another one after {@link STOP_GRACE_MS}. */
function withGrace(stopping: AbortSignal): AbortSignal {
  const calls = new AbortController();
  const end = (): void => {
    setTimeout(() => calls.abort(stopping.reason), STOP_GRACE_MS).unref();
  };
  if (stopping.aborted) end();
  else stopping.addEventListener('abort', end, { once: true });
  return calls.signal;
}
