import type { IncomingMessage } from 'node:http';
import type { MlEvent } from '../events/event.ts';
import type { Fault } from '../events/fault.ts';
import type { RefusalCode } from './access-refused.ts';
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
  /** The fault of an event that this caller may not post: its run is out of reach, or it has too many new names. */
  faultOf(event: MlEvent): Fault | undefined;
  /** Notes that this caller was refused after it was admitted; for the metrics and the audit log. */
  noteRefusal(code: RefusalCode): void;
  /** Throws {@link AccessRefused} `rate_limited` while the allowance is used up. */
  requireCredit(): void;
  /**
   * Takes `events` and `bytes` from the allowance, which goes into debt if it does not suffice: a caller pays for
   * everything that was read, malformed bodies included. A negative number gives allowance back.
   */
  spend(events: number, bytes: number): void;
  /**
   * Milliseconds until more of a long body may be read; 0 if it may be read now. Such a body uses at most half of the
   * key's allowance of bytes and pays for the rest in time: the other half is left to events posted in the meantime.
   */
  pauseMs(): number;
  /** Headers for the answer, such as `RateLimit`; read when the answer is written. */
  headers(): Readonly<Record<string, string>>;
}

/**
 * Admits a caller, or throws {@link AccessRefused}. Synchronous when the key is in memory, so that a small request does
 * not wait one turn of the event loop for it.
 */
export type Authenticate = (request: IncomingMessage, scope: Scope) => Promise<Access> | Access;
