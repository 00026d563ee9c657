import type pg from 'pg';
import { giveBackTrial } from '../../store/tables/bridge-endings.ts';
import { leasesOf } from '../../store/tables/bridge-hosts.ts';
import { attemptEndOf } from './conclusion.ts';
import type { RunningTrials } from './running-trials.ts';

const ATTEMPT = attemptEndOf('released', 'the answer to its claim did not reach the bridge', null);

/**
 * Gives back the trials that a bridge holds and does not run: a claim can commit while its answer is lost, and as long
 * as its bridge is alive, no other one rescues them. Must not be called while a claim is in progress.
 *
 * @returns the number of trials that were given back.
 */
export async function giveBackForgotten(pool: pg.Pool, bridgeId: string, running: RunningTrials): Promise<number> {
  let count = 0;
  for (const lease of await leasesOf(pool, bridgeId)) {
    // An attempt that has ended since the leases were read is no longer in `running`; the fence protects its end.
    if (!running.has(lease) && (await giveBackTrial(pool, lease, 0, ATTEMPT))) count += 1;
  }
  return count;
}
