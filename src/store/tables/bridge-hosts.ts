import type pg from 'pg';
import type { Lease } from './bridge-claims.ts';

export interface NewBridge {
  readonly bridgeId: string;
  readonly host: string;
  readonly pid: number;
  readonly slots: number;
  readonly leaseMs: number;
  /** Why the bridge claims nothing; absent: it does. */
  readonly pauseReason?: string | undefined;
}

const REGISTER = `
  insert into bridges (bridge_id, host, pid, slots, alive_until, paused_at, pause_reason)
  values ($1, $2, $3, $4, now() + $5::float8 * interval '1 ms', case when $6::text is not null then now() end, $6)`;

/** Adds a bridge, alive for the time of a lease. */
export async function registerBridge(pool: pg.Pool, bridge: NewBridge): Promise<void> {
  const { bridgeId, host, pid, slots, leaseMs, pauseReason } = bridge;
  await pool.query(REGISTER, [bridgeId, host, pid, slots, leaseMs, pauseReason ?? null]);
}

const RENEW = `
  update bridges set alive_until = now() + $2::float8 * interval '1 ms', pause_reason = $3,
    paused_at = case when $3::text is not null then coalesce(paused_at, now()) end
  where bridge_id = $1 and alive_until > now() returning 1`;

/**
 * Renews the lease of a bridge. Returns false if it has expired: a dead bridge never becomes alive again.
 *
 * @param pauseReason states that the bridge claims nothing more, and why. Each renewal states it, so that none can lose it.
 */
export async function renewBridge(
  pool: pg.Pool,
  bridgeId: string,
  leaseMs: number,
  pauseReason?: string,
): Promise<boolean> {
  return (await pool.query(RENEW, [bridgeId, leaseMs, pauseReason ?? null])).rowCount === 1;
}

const LEASES = `
  select model_run_id, trial_id, epoch, bridge_id, cancel_at is not null as cancelled
  from bridge_trials where bridge_id = $1 and state = 'leased' order by model_run_id, trial_id`;

export interface HeldLease extends Lease {
  /** Whether the bridge is to stop the trial. */
  readonly cancelled: boolean;
}

/** The trials that a bridge holds according to the queue. */
export const leasesOf = async (pool: pg.Pool, bridgeId: string): Promise<readonly HeldLease[]> =>
  (await pool.query<HeldLease>(LEASES, [bridgeId])).rows;

/** Ends the lease of a bridge that has given back its trials. */
export async function removeBridge(pool: pg.Pool, bridgeId: string): Promise<void> {
  await pool.query('delete from bridges where bridge_id = $1', [bridgeId]);
}
