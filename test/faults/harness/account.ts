import { verifyLedger } from '../../../src/fleet/verify-ledger.ts';
import { readDeadLetters } from './dead-letters.ts';
import type { Load } from './load.ts';
import type { FaultWorld } from './world.ts';

/** What has become of the events of a fleet. */
export interface Account {
  /** Events answered 202. */
  readonly acknowledged: number;
  /** Those of them whose row, or effect on the row of their trial, is not there: the first hundred, and how many. */
  readonly missing: readonly string[];
  readonly missingCount: number;
  /** Events that were refused and are stored all the same. */
  readonly unwanted: readonly string[];
  /** The causes of the dead letters, of this fleet or not. */
  readonly deadLetters: readonly string[];
}

/** What is to be found where nothing went wrong for good: every event in its row, and nothing else anywhere. */
export const NOTHING_LOST = { missing: [], missingCount: 0, unwanted: [], deadLetters: [] };

export async function account(world: FaultWorld, load: Load): Promise<Account> {
  const verdict = await verifyLedger(load.ledgerPath, world.databaseUrl);
  const letters = await readDeadLetters(world);
  return { ...verdict, deadLetters: letters.map(({ reason }) => reason) };
}
