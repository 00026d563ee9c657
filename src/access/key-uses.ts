import { BoundedCache } from '../bounded-cache.ts';
import { DatabaseUnavailable } from '../store/database-error.ts';
import type { Audit } from './audit.ts';
import { networkOf } from './network-of.ts';
import type { StoredKey } from './tables/api-keys.ts';
import type { KeyNetwork, KeyUseStore } from './tables/key-uses.ts';

/** Addresses of one key that are remembered; any other is looked up in Postgres again. */
const MAX_ADDRESSES = 100;
/** Maximum number of keys that are tracked at a time; the last use of any other key may be lost. */
const MAX_KEYS = 10_000;
/** Networks stored by one statement, at most. */
const STORED_AT_ONCE = 500;
/** Uses from new networks that wait for Postgres, at most; a later use from such a network counts as the first. */
const MAX_WAITING = 10_000;
/** How often the last use of one key is stored, in milliseconds. */
const STORE_MS = 60_000;

/** The use of one key by this process. */
export interface KeyUse {
  /** Notes a use; cheap, as it is called for every request. */
  note(address: string, nowMs: number): void;
}

interface TrackedUse extends KeyUse {
  readonly key: Pick<StoredKey, 'id' | 'name'>;
  readonly lastUsedAt: number;
  storedAt: number;
}

/**
 * Tracks when each key was last used, and from which networks. Stores it periodically, never for each request. The
 * first use from a network is an entry of the audit log.
 */
export class KeyUses {
  readonly #store: KeyUseStore;
  readonly #audit: Pick<Audit, 'record'>;
  readonly #uses = new BoundedCache<string, TrackedUse>(MAX_KEYS);
  readonly #waiting: (KeyNetwork & { readonly keyName: string })[] = [];

  constructor(store: KeyUseStore, audit: Pick<Audit, 'record'>) {
    this.#store = store;
    this.#audit = audit;
  }

  /** Follows the uses of a key. */
  track(key: Pick<StoredKey, 'id' | 'name'>): KeyUse {
    const known = this.#uses.get(key.id);
    if (known !== undefined) return known;
    const addresses = new BoundedCache<string, true>(MAX_ADDRESSES);
    let lastAddress: string | undefined;
    let lastUsedAt = 0;
    const isNew = (address: string): boolean => {
      if (addresses.get(address) === true) return false;
      addresses.set(address, true);
      return true;
    };
    const use: TrackedUse = {
      key,
      storedAt: 0,
      get lastUsedAt() {
        return lastUsedAt;
      },
      note: (address, nowMs) => {
        lastUsedAt = nowMs;
        if (address === lastAddress) return;
        lastAddress = address;
        if (isNew(address)) this.#addNetwork(key, networkOf(address));
      },
    };
    this.#uses.set(key.id, use);
    return use;
  }

  /**
   * Stores the uses that are due, or all of them. Never rejects because Postgres is unavailable: uses that could not be
   * stored are kept for the next call.
   */
  async flush(nowMs: number, all = false): Promise<void> {
    try {
      await this.#storeNetworks();
      await this.#storeLastUses(nowMs, all);
    } catch (error) {
      if (!(error instanceof DatabaseUnavailable)) throw error;
    }
  }

  #addNetwork({ id, name }: Pick<StoredKey, 'id' | 'name'>, network: string): void {
    if (this.#waiting.length < MAX_WAITING) this.#waiting.push({ keyId: id, keyName: name, network });
  }

  async #storeNetworks(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.slice(0, STORED_AT_ONCE);
      const names = new Map(batch.map(({ keyId, keyName }) => [keyId, keyName]));
      const added = await this.#store.addNetworks(batch);
      this.#waiting.splice(0, batch.length);
      for (const { keyId, network } of added) {
        this.#audit.record({ action: 'key_first_used', keyId, keyName: names.get(keyId) ?? '', address: network });
      }
    }
  }

  async #storeLastUses(nowMs: number, all: boolean): Promise<void> {
    const due = [...this.#uses.values()].filter(
      ({ lastUsedAt, storedAt }) => lastUsedAt > storedAt && (all || nowMs - storedAt >= STORE_MS),
    );
    if (due.length === 0) return;
    const times = new Map(due.map(({ key, lastUsedAt }) => [key.id, lastUsedAt]));
    await this.#store.noteLastUses(times);
    for (const use of due) use.storedAt = times.get(use.key.id) ?? 0;
  }
}
