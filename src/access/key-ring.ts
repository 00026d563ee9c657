import { BoundedCache } from '../bounded-cache.ts';
import type { Log } from '../log.ts';
import { DatabaseUnavailable } from '../store/database-error.ts';
import { KeysUnavailable, type TooManyLookups } from './access-refused.ts';
import { LookUps } from './look-ups.ts';
import { isUnmigrated } from './tables/access-pool.ts';
import type { ApiKeyStore, StoredKey } from './tables/api-keys.ts';

/** How keys are held in memory. Times in milliseconds. */
export interface RingPolicy {
  /** How often the held keys are read again. */
  readonly refreshMs: number;
  /** Age at which a key is looked up before it is used: the bound on how long a revoked key still works. */
  readonly freshMs: number;
  /** How long a key that Postgres has confirmed stays valid while Postgres is unavailable. */
  readonly staleMs: number;
  /** How long an unknown id is remembered. */
  readonly unknownMs: number;
  /** The most keys held, unknown ids remembered and ids being looked up, each. */
  readonly maxKeys: number;
}

export const RING_POLICY: RingPolicy = {
  refreshMs: 3_000,
  // Longer than a refresh that fails by its deadlines (KEY_QUERY_MS to connect, as much to answer), so that no request
  // waits for it; shorter than the 10 s in which a revocation is promised to work.
  freshMs: 9_000,
  staleMs: 3_600_000,
  unknownMs: 3_000,
  maxKeys: 10_000,
};

export type KeySource = Pick<ApiKeyStore, 'find' | 'findWithGood' | 'anyConfigured'>;

interface Held {
  readonly key: StoredKey;
  readonly confirmedAt: number;
}

/** Undefined is a key that Postgres does not have. */
type Found = StoredKey | undefined;

/**
 * The API keys in memory: all active ones, up to `maxKeys`, read again every few seconds in one query. As a rule, no
 * request therefore waits for Postgres, a valid key is distinguished from a guess without a query, and ingest continues
 * while Postgres is unavailable.
 */
export class KeyRing {
  readonly #store: KeySource;
  readonly #policy: RingPolicy;
  readonly #log: Log;
  readonly #now: () => number;
  readonly #held: BoundedCache<string, Held>;
  readonly #unknownUntil: BoundedCache<string, number>;
  readonly #lookUps: LookUps<StoredKey>;
  #away = false;
  #configured: boolean | undefined;

  constructor(store: KeySource, log: Log, policy: RingPolicy = RING_POLICY, now: () => number = Date.now) {
    this.#store = store;
    this.#log = log;
    this.#policy = policy;
    this.#held = new BoundedCache(policy.maxKeys);
    this.#unknownUntil = new BoundedCache(policy.maxKeys);
    this.#lookUps = new LookUps('API keys', policy.maxKeys, (ids) => this.#readAsked(ids));
    this.#now = now;
  }

  /**
   * Whether a key is configured; undefined until Postgres has answered. Once true it stays true: revoking the last key must
   * not open a server that was closed.
   */
  get configured(): boolean | undefined {
    return this.#configured;
  }

  /** The key with this id, if it is held and recent enough to be used without a look-up. */
  held(id: string): Found {
    const held = this.#held.get(id);
    const { freshMs, staleMs } = this.#policy;
    if (held === undefined || this.#now() - held.confirmedAt > (this.#away ? staleMs : freshMs)) return undefined;
    return held.key;
  }

  /** The key with this id, from Postgres. Rejects with {@link KeysUnavailable} or {@link TooManyLookups}. */
  find(id: string): Found | Promise<Found> {
    return (this.#unknownUntil.get(id) ?? 0) > this.#now() ? undefined : this.#ask(id);
  }

  /**
   * Reads every held key again, together with the other active ones, so that a key is in memory before its first
   * request. Never rejects: while Postgres is unavailable, held keys stay valid for a while.
   */
  async refresh(): Promise<void> {
    const now = this.#now();
    for (const [id, until] of this.#unknownUntil.entries()) if (until <= now) this.#unknownUntil.delete(id);
    try {
      const configured = this.#configured || (await this.#store.anyConfigured());
      const { maxKeys } = this.#policy;
      const known = configured || this.#held.size > 0;
      if (known) await this.#read([...this.#held.keys()], (ids) => this.#store.findWithGood(ids, maxKeys));
      // Set last: otherwise the server would require keys before it has read them.
      this.#configured = configured;
      this.#noteAway(undefined);
    } catch (error) {
      this.#noteAway(error);
    }
  }

  async #ask(id: string): Promise<Found> {
    try {
      return await this.#lookUps.find(id);
    } catch (cause) {
      if (!(cause instanceof DatabaseUnavailable)) throw cause;
      // While Postgres is unavailable, a key that it has confirmed stays valid for a while; no other key can be
      // verified.
      const held = this.#held.get(id);
      if (held !== undefined && this.#now() - held.confirmedAt <= this.#policy.staleMs) return held.key;
      throw new KeysUnavailable('this API key cannot be looked up now', cause);
    }
  }

  async #readAsked(ids: readonly string[]): Promise<ReadonlyMap<string, StoredKey>> {
    try {
      const found = await this.#read(ids, (asked) => this.#store.find(asked));
      this.#noteAway(undefined);
      return found;
    } catch (error) {
      this.#noteAway(error);
      throw error;
    }
  }

  async #read(ids: readonly string[], find: KeySource['find']): Promise<ReadonlyMap<string, StoredKey>> {
    const confirmedAt = this.#now();
    const found = new Map((await find(ids)).map((key) => [key.id, key]));
    for (const id of ids) {
      if (found.has(id)) continue;
      this.#held.delete(id);
      this.#unknownUntil.set(id, confirmedAt + this.#policy.unknownMs);
    }
    for (const [id, key] of found) {
      this.#unknownUntil.delete(id);
      this.#held.set(id, { key, confirmedAt });
    }
    return found;
  }

  /** The action that the operator must take, or the effect on requests. */
  #consequence(error: DatabaseUnavailable): string {
    if (isUnmigrated(error)) return 'run "npx thunderline migrate"';
    if (this.#configured === undefined) return 'requests are answered 503 until Postgres can be read';
    return this.#held.size > 0 ? 'confirmed keys stay valid for an hour' : 'no key has been confirmed yet';
  }

  #noteAway(error: unknown): void {
    if (error !== undefined && !(error instanceof DatabaseUnavailable)) throw error;
    const away = error !== undefined;
    if (away && !this.#away) {
      this.#log.warn({ cause: error }, `API keys cannot be read: ${this.#consequence(error)}`);
    } else if (!away && this.#away) this.#log.info('API keys can be read again');
    this.#away = away;
  }
}
