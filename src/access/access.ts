import type { IncomingMessage } from 'node:http';
import type { Client } from './client.ts';
import type { Scope } from './scopes.ts';

/** A caller who was admitted, and what remains of their allowance. */
export interface Access {
  /** The party that shares of memory, connections and idempotency keys are counted for. */
  readonly client: Client;
  /**
   * The caller writes, reads and commands only runs whose `model_run_id` starts with this text; `''` is every run.
   * {@link reachesRun} and {@link requireRun} apply it.
   */
  readonly runPrefix: string;
  /** Throws {@link AccessRefused} `rate_limited` while the allowance is used up. */
  requireCredit(): void;
  /**
   * Takes `events` and `bytes` from the allowance, into debt if it does not suffice: whatever was read is paid for, malformed
   * bodies too. A negative number gives back.
   */
  spend(events: number, bytes: number): void;
  /** Headers for the answer, such as `RateLimit`; read when the answer is written. */
  headers(): Readonly<Record<string, string>>;
}

/**
 * Admits a caller, or throws {@link AccessRefused}. Synchronous when the key is in memory, so that a small request does
 * not wait a turn for it.
 */
export type Authenticate = (request: IncomingMessage, scope: Scope) => Promise<Access> | Access;
