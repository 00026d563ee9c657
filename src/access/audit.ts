import type { ErrorCode } from '../errors.ts';
import type { Log } from '../log.ts';
import { DatabaseUnavailable, isBadData } from '../store/database-error.ts';
import type { AuditEntry } from './audit-entry.ts';
import { Refusals, type RefusedClient } from './refusals.ts';
import type { AuditLogStore } from './tables/audit-log.ts';

/** Maximum number of entries that wait for Postgres; beyond it the oldest are dropped, and remain in the log only. */
const MAX_WAITING = 10_000;
/** Entries stored by one statement, at most. */
const STORED_AT_ONCE = 1_000;

/**
 * The audit log of one process. Each entry is a line of the log at once, and a row of `audit_log` a few seconds later:
 * {@link flush} stores the entries collected so far; while Postgres is unavailable, they wait.
 */
export class Audit {
  readonly #store: Pick<AuditLogStore, 'append'>;
  readonly #log: Log;
  readonly #now: () => number;
  readonly #refusals = new Refusals();
  #waiting: AuditEntry[] = [];
  #dropped = 0;

  constructor(store: Pick<AuditLogStore, 'append'>, log: Log, now: () => number = Date.now) {
    this.#store = store;
    this.#log = log;
    this.#now = now;
  }

  record(entry: Omit<AuditEntry, 'at'>): void {
    const { action, ...about } = entry;
    this.#log.info({ audit: about }, `audit: ${action}`);
    this.#waiting.push({ at: this.#now(), ...entry });
    if (this.#waiting.length <= MAX_WAITING) return;
    this.#waiting.shift();
    this.#dropped += 1;
  }

  /** Counts a refusal; entries about one client are made once a minute. */
  refused(code: ErrorCode, who: RefusedClient): void {
    const entry = this.#refusals.add(code, who, this.#now());
    if (entry !== undefined) this.record(entry);
  }

  /** Stores the entries that wait. Never rejects because Postgres is unavailable. */
  async flush(): Promise<void> {
    for (const entry of this.#refusals.due(this.#now())) this.record(entry);
    await this.#storeWaiting();
  }

  /** Stores all remaining entries, those of unfinished groups of refusals included. */
  async close(): Promise<void> {
    for (const entry of this.#refusals.rest()) this.record(entry);
    await this.#storeWaiting();
  }

  async #storeWaiting(): Promise<void> {
    let atOnce = STORED_AT_ONCE;
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.slice(0, atOnce);
      try {
        await this.#store.append(batch);
      } catch (error) {
        if (!(error instanceof DatabaseUnavailable)) throw error;
        if (!isBadData(error.cause)) {
          this.#log.debug({ cause: error }, 'audit entries wait for Postgres');
          return;
        }
        // One entry that Postgres cannot store must not hold up the others: storing them one at a time finds it.
        const isAlone = batch.length === 1;
        atOnce = 1;
        if (!isAlone) continue;
        this.#log.error({ cause: error, entry: batch[0] }, 'Postgres rejected an audit entry; it is only in the log');
      }
      // Entries may have been dropped from the front in the meantime.
      const done = new Set(batch);
      this.#waiting = this.#waiting.filter((entry) => !done.has(entry));
    }
    if (this.#dropped === 0) return;
    this.#log.warn({ entries: this.#dropped }, 'audit entries were not stored: Postgres was unavailable for too long');
    this.#dropped = 0;
  }
}
