import { BoundedCache } from '../bounded-cache.ts';
import type { Log } from '../log.ts';
import type { ApiKeyStore, StoredKey } from '../store/api-keys.ts';
import { DatabaseUnavailable } from '../store/database-error.ts';
import { KeysUnavailable, TooManyLookups } from './access-refused.ts';

/** How keys are held in memory. Times in milliseconds. */
export interface RingPolicy {
  /** What is held is read anew this often. */
  readonly refreshMs: number;
  /** Age at which a key is not used without asking first: the bound on how long a revoked key still works. */
  readonly freshMs: number;
  /** How long a key that Postgres once confirmed is good while Postgres is away. */
  readonly staleMs: number;
  /** How long an id is remembered to be unknown. */
  readonly unknownMs: number;
  /** Keys held, unknown ids remembered, and ids being asked for: each at most this many. */
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

interface Held {
  readonly key: StoredKey;
  readonly confirmedAt: number;
}

/** A key that Postgres does not have is undefined. */
type Found = StoredKey | undefined;

/**
 * The API keys a gateway has met, held in memory and read anew every few seconds in one query, so that no request waits
 * for Postgres once its key is known, and ingest goes on while Postgres is away.
 */
export class KeyRing {
  readonly #store: Pick<ApiKeyStore, 'find' | 'anyConfigured'>;
  readonly #policy: RingPolicy;
  readonly #log: Log;
  readonly #now: () => number;
  readonly #held: BoundedCache<string, Held>;
  readonly #unknownUntil: BoundedCache<string, number>;
  readonly #asked = new Map<string, PromiseWithResolvers<Found>>();
  #asking = false;
  #away = false;
  #configured: boolean | undefined;

  constructor(
    store: Pick<ApiKeyStore, 'find' | 'anyConfigured'>,
    log: Log,
    policy: RingPolicy = RING_POLICY,
    now: () => number = Date.now,
  ) {
    this.#store = store;
    this.#log = log;
    this.#policy = policy;
    this.#held = new BoundedCache(policy.maxKeys);
    this.#unknownUntil = new BoundedCache(policy.maxKeys);
    this.#now = now;
  }

  /**
   * Whether there is a key; undefined until Postgres has told. Once true it stays so: revoking the last key must not open
   * a server that was closed.
   */
  get configured(): boolean | undefined {
    return this.#configured;
  }

  /** The key with this id, when it is held and may be used without asking. */
  held(id: string): Found {
    const held = this.#held.get(id);
    const { freshMs, staleMs } = this.#policy;
    if (held === undefined || this.#now() - held.confirmedAt > (this.#away ? staleMs : freshMs)) return undefined;
    return held.key;
  }

  /** The key with this id, from Postgres. Throws {@link TooManyLookups}; rejects with {@link KeysUnavailable}. */
  find(id: string): Found | Promise<Found> {
    return (this.#unknownUntil.get(id) ?? 0) > this.#now() ? undefined : this.#ask(id);
  }

  /** Reads anew all that is held. Never rejects: while Postgres is away, what is held is good for a while. */
  async refresh(): Promise<void> {
    const now = this.#now();
    for (const [id, until] of this.#unknownUntil.entries()) if (until <= now) this.#unknownUntil.delete(id);
    try {
      // Asked for last, so that no request is let in by a key that was not read.
      if (this.#held.size > 0) await this.#read([...this.#held.keys()]);
      this.#configured ||= await this.#store.anyConfigured();
      this.#noteAway(undefined);
    } catch (error) {
      this.#noteAway(error);
    }
  }

  #ask(id: string): Promise<Found> {
    const asked = this.#asked.get(id);
    if (asked !== undefined) return asked.promise;
    if (this.#asked.size >= this.#policy.maxKeys) {
      throw new TooManyLookups();
    }
    const asking = Promise.withResolvers<Found>();
    this.#asked.set(id, asking);
    if (!this.#asking) void this.#answerAll();
    return asking.promise;
  }

  /** One query at a time, each for every id that has gathered: a fleet that starts at once costs a handful of them. */
  async #answerAll(): Promise<void> {
    this.#asking = true;
    while (this.#asked.size > 0) {
      const batch = new Map(this.#asked);
      try {
        const found = await this.#read([...batch.keys()]);
        for (const [id, { resolve }] of batch) resolve(found.get(id));
        this.#noteAway(undefined);
      } catch (error) {
        this.#noteAway(error);
        for (const [id, asking] of batch) this.#answerUnasked(id, asking, error);
      }
      for (const id of batch.keys()) this.#asked.delete(id);
    }
    this.#asking = false;
  }

  /** While Postgres is away: what it once confirmed is good for a while, of the rest nothing can be said. */
  #answerUnasked(id: string, { resolve, reject }: PromiseWithResolvers<Found>, cause: unknown): void {
    const held = this.#held.get(id);
    if (held !== undefined && this.#now() - held.confirmedAt <= this.#policy.staleMs) resolve(held.key);
    else reject(new KeysUnavailable('this API key cannot be looked up now', cause));
  }

  async #read(ids: readonly string[]): Promise<ReadonlyMap<string, StoredKey>> {
    const confirmedAt = this.#now();
    const found = new Map((await this.#store.find(ids)).map((key) => [key.id, key]));
    for (const id of ids) {
      const key = found.get(id);
      if (key === undefined) {
        this.#held.delete(id);
        this.#unknownUntil.set(id, confirmedAt + this.#policy.unknownMs);
      } else {
        this.#unknownUntil.delete(id);
        this.#held.set(id, { key, confirmedAt });
      }
    }
    return found;
  }

  #noteAway(error: unknown): void {
    if (error !== undefined && !(error instanceof DatabaseUnavailable)) throw error;
    const away = error !== undefined;
    if (away && !this.#away) {
      this.#log.warn({ cause: error }, 'API keys cannot be read: those that were verified stay good for a while');
    } else if (!away && this.#away) this.#log.info('API keys can be read again');
    this.#away = away;
  }
}
