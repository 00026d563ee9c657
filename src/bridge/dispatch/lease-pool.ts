import type pg from 'pg';
import { createPool } from '../../store/pool.ts';
import type { Telemetry } from '../../telemetry.ts';
import { RENEWALS } from './bridge-lease.ts';

/**
 * The connection on which a lease is renewed, and nothing else: queued after a heavy statement or a contended lock, a
 * renewal would come too late. Its statements end early enough for another one on a new connection.
 */
export function createLeasePool(databaseUrl: string, leaseMs: number, { log, metrics }: Telemetry): pg.Pool {
  const timeoutMs = Math.floor(leaseMs / RENEWALS);
  const settings = { statementTimeoutMs: timeoutMs, lockTimeoutMs: timeoutMs, connectTimeoutMs: timeoutMs };
  const answerGraceMs = Math.floor(timeoutMs / 4);
  return createPool({ databaseUrl, poolSize: 1, ...settings, answerGraceMs }, log, { metrics, pool: 'lease' });
}
