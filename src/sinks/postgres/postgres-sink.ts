import type pg from 'pg';
import type { Log } from '../../log.ts';
import type { Metrics } from '../../metrics.ts';
import type { Sink } from '../../runtime/sink.ts';
import type { DecodedRecord, Rejected } from '../../runtime/stage.ts';
import { describeDatabaseError, isBadData, unavailable } from '../../store/database-error.ts';
import { fillTrialIndex } from '../../store/fill-trial-index.ts';
import { createPool, POOL_TIMEOUTS, type PoolSettings } from '../../store/pool.ts';
import { prepareTables } from '../../store/prepare-tables.ts';
import { createBatchWriter } from './batch-writer.ts';
import { mergeRecords } from './merge-records.ts';
import { recordFault } from './record-fault.ts';

export interface PostgresSinkOptions extends Partial<PoolSettings> {
  readonly databaseUrl: string;
  readonly poolSize: number;
  /** Whether `open` migrates the tables; absent: it does. */
  readonly migrate?: 'start' | 'never';
  readonly log: Log;
  readonly metrics: Metrics;
}

const BATCH = { maxRecords: 5_000, maxBytes: 8 * 1_048_576 } as const;

/**
 * Merges runs, trials, artifacts and metric points into their tables.
 *
 * Each batch is one transaction, and the resulting rows depend only on the set of records: batches may be repeated, cut
 * differently, reordered or written concurrently. Records of `ml.events` are accepted too.
 */
export function createPostgresSink({ log, metrics, ...settings }: PostgresSinkOptions): Sink {
  let pool: pg.Pool | undefined;
  let writeBatch: ReturnType<typeof createBatchWriter> | undefined;
  let filling: { readonly done: Promise<void>; readonly stop: AbortController } | undefined;

  async function store(records: readonly DecodedRecord[]): Promise<readonly Rejected[]> {
    if (records.length === 0) return [];
    if (pool === undefined || writeBatch === undefined) throw new Error('the Postgres sink is not open');
    try {
      await writeBatch(mergeRecords(records.map(({ content }) => content)));
      return [];
    } catch (error) {
      if (!isBadData(error)) throw unavailable(error);
      const [only] = records;
      if (only !== undefined && records.length === 1) {
        return [{ record: only.source, code: 'rejected_by_database', message: describeDatabaseError(error) }];
      }
      // Nothing was written. Halving the batch, down to one record, finds the record that Postgres rejects.
      const middle = records.length >> 1;
      return [...(await store(records.slice(0, middle))), ...(await store(records.slice(middle)))];
    }
  }

  return {
    name: 'postgres',
    batch: BATCH,

    async open() {
      await prepareTables({ migrate: 'start', ...settings, log });
      pool = createPool({ ...POOL_TIMEOUTS, ...settings }, log, { metrics, pool: 'postgres' });
      writeBatch = createBatchWriter(pool, metrics);
      // Beside the writes: a large database takes minutes.
      const stop = new AbortController();
      filling = { done: fillTrialIndex(pool, log, stop.signal), stop };
    },

    async write(records) {
      const rejected: Rejected[] = [];
      const storable = records.filter(({ source, content }) => {
        const fault = recordFault(content);
        if (fault === undefined) return true;
        rejected.push({ record: source, ...fault });
        return false;
      });
      return [...rejected, ...(await store(storable))];
    },

    async close() {
      filling?.stop.abort();
      await filling?.done;
      await pool?.end();
      pool = undefined;
      writeBatch = undefined;
    },
  };
}
