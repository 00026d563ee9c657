import { verifyLedger } from '../../../src/fleet/verify-ledger.ts';
import { readDeadLetters } from './dead-letters.ts';
import type { FaultWorld } from './fault-world.ts';
import type { Load } from './load.ts';

/** The result for the events of a fleet. */
export interface Account {
  /** Number of events that were answered 202. */
  readonly acknowledged: number;
  /** Acknowledged events without a row, or without effect on the row of their trial: the first hundred, and their number. */
  readonly missing: readonly string[];
  readonly missingCount: number;
  /** Events that were rejected and are stored nevertheless. */
  readonly unwanted: readonly string[];
  /** The causes of the dead letters, of this fleet or not. */
  readonly deadLetters: readonly string[];
}

/** The account after a fault that has lost nothing: every event is in its row, and there is nothing else. */
export const NOTHING_LOST = { missing: [], missingCount: 0, unwanted: [], deadLetters: [] };

export async function account(world: FaultWorld, load: Load): Promise<Account> {
  const verdict = await verifyLedger(load.ledgerPath, world.databaseUrl);
  const letters = await readDeadLetters(world);
  return { ...verdict, deadLetters: letters.map(({ reason }) => reason) };
}
