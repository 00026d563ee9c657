import type { ErrorCode } from '../errors.ts';
import type { AuditEntry } from './audit-entry.ts';
import { networkOf } from './network-of.ts';

/** The refused client: its key, if the secret was right, and the address of the request. */
export interface RefusedClient {
  readonly keyId?: string | undefined;
  readonly keyName?: string | undefined;
  readonly address?: string | undefined;
}

/** An entry without its time. */
type Entry = Omit<AuditEntry, 'at'>;

interface Group {
  readonly code: ErrorCode;
  readonly who: RefusedClient;
  /** When the last entry of the group was made, in epoch milliseconds. */
  entryAt: number;
  /** Refusals since then. */
  count: number;
}

/** Time between two entries about one client and code, in milliseconds. */
const ENTRY_MS = 60_000;
/** Clients and codes that have entries of their own; any other is counted under its code. */
const MAX_GROUPS = 1_000;

/**
 * Turns refusals into entries of the audit log: the first of a client with a code at once, then one a minute with their
 * count, so that a flood of refusals does not become a flood of entries.
 */
export class Refusals {
  readonly #groups = new Map<string, Group>();

  /** Counts one refusal. Returns the entry to make at once, if it is the first of its group. */
  add(code: ErrorCode, who: RefusedClient, nowMs: number): Entry | undefined {
    const client = who.keyId ?? networkOf(who.address ?? '');
    const name = `${code} ${client}`;
    const isFull = this.#groups.size >= MAX_GROUPS && !this.#groups.has(name);
    return isFull ? this.#count(`${code} others`, code, {}, nowMs) : this.#count(name, code, who, nowMs);
  }

  /** Returns the entries that are due, and forgets groups without a refusal for a minute. */
  due(nowMs: number): readonly Entry[] {
    const entries: Entry[] = [];
    for (const [name, group] of this.#groups) {
      if (nowMs - group.entryAt < ENTRY_MS) continue;
      if (group.count === 0) this.#groups.delete(name);
      else entries.push(entryOf(group));
      group.entryAt = nowMs;
      group.count = 0;
    }
    return entries;
  }

  /** Returns an entry for each group with refusals since its last one, however recent; for the stop. */
  rest(): readonly Entry[] {
    return [...this.#groups.values()].filter(({ count }) => count > 0).map(entryOf);
  }

  #count(name: string, code: ErrorCode, who: RefusedClient, nowMs: number): Entry | undefined {
    const group = this.#groups.get(name);
    if (group !== undefined) {
      group.count += 1;
      return undefined;
    }
    this.#groups.set(name, { code, who, entryAt: nowMs, count: 0 });
    return entryOf({ code, who, count: 1 });
  }
}

const entryOf = ({ code, who, count }: Pick<Group, 'code' | 'who' | 'count'>): Entry => ({
  action: 'refused',
  ...(who.keyId !== undefined && { keyId: who.keyId }),
  ...(who.keyName !== undefined && { keyName: who.keyName }),
  ...(who.address !== undefined && { address: who.address }),
  details: { code, count },
});
