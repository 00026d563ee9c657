import { BoundedCache } from '../bounded-cache.ts';
import { DatabaseUnavailable } from '../store/database-error.ts';
import { KeysUnavailable, type TooManyLookups } from './access-refused.ts';
import { RING_POLICY, type RingPolicy } from './key-ring.ts';
import { LookUps } from './look-ups.ts';
import { isUnmigrated } from './tables/access-pool.ts';
import type { BrowserSessionStore, StoredSession } from './tables/browser-sessions.ts';

interface Held {
  readonly session: StoredSession;
  readonly confirmedAt: number;
}

/**
 * The recently used sessions, held in memory and read again every few seconds in one query, as the keys are: a session
 * that was ended is refused within `freshMs`, and while Postgres is unavailable, sessions that it has confirmed stay
 * valid for `staleMs`.
 */
export class SessionRing {
  readonly #store: Pick<BrowserSessionStore, 'find'>;
  readonly #policy: RingPolicy;
  readonly #now: () => number;
  readonly #held: BoundedCache<string, Held>;
  readonly #unknownUntil: BoundedCache<string, number>;
  readonly #lookUps: LookUps<StoredSession>;
  #away = false;

  constructor(
    store: Pick<BrowserSessionStore, 'find'>,
    policy: RingPolicy = RING_POLICY,
    now: () => number = Date.now,
  ) {
    this.#store = store;
    this.#policy = policy;
    this.#now = now;
    this.#held = new BoundedCache(policy.maxKeys);
    this.#unknownUntil = new BoundedCache(policy.maxKeys);
    this.#lookUps = new LookUps('sessions', policy.maxKeys, (hashes) => this.#read(hashes));
  }

  /** The session with this hash, if it is held and recent enough to be used without a look-up. */
  held(hash: string): StoredSession | undefined {
    const held = this.#held.get(hash);
    const { freshMs, staleMs } = this.#policy;
    if (held === undefined || this.#now() - held.confirmedAt > (this.#away ? staleMs : freshMs)) return undefined;
    return held.session;
  }

  /** The session with this hash, from Postgres. Rejects with {@link KeysUnavailable} or {@link TooManyLookups}. */
  find(hash: string): StoredSession | undefined | Promise<StoredSession | undefined> {
    return (this.#unknownUntil.get(hash) ?? 0) > this.#now() ? undefined : this.#ask(hash);
  }

  /** Notes a session that was just stored. */
  add(session: StoredSession): void {
    this.#held.set(session.hash, { session, confirmedAt: this.#now() });
    this.#unknownUntil.delete(session.hash);
  }

  delete(hash: string): void {
    this.#held.delete(hash);
  }

  /** Reads every session that is held again. Does not reject while Postgres is unavailable. */
  async refresh(): Promise<void> {
    const now = this.#now();
    for (const [hash, until] of this.#unknownUntil.entries()) if (until <= now) this.#unknownUntil.delete(hash);
    for (const [hash, { session }] of this.#held.entries()) if (session.expiresAt <= now) this.#held.delete(hash);
    if (this.#held.size === 0) return;
    await this.#read([...this.#held.keys()]).catch((error: unknown) => {
      if (!(error instanceof DatabaseUnavailable)) throw error;
    });
  }

  async #ask(hash: string): Promise<StoredSession | undefined> {
    try {
      return await this.#lookUps.find(hash);
    } catch (cause) {
      if (!(cause instanceof DatabaseUnavailable)) throw cause;
      const held = this.#held.get(hash);
      if (held !== undefined && this.#now() - held.confirmedAt <= this.#policy.staleMs) return held.session;
      throw new KeysUnavailable('this session cannot be looked up now', cause);
    }
  }

  async #read(hashes: readonly string[]): Promise<ReadonlyMap<string, StoredSession>> {
    const confirmedAt = this.#now();
    try {
      const found = new Map((await this.#store.find(hashes)).map((session) => [session.hash, session]));
      this.#away = false;
      for (const hash of hashes) {
        const session = found.get(hash);
        if (session !== undefined) this.#held.set(hash, { session, confirmedAt });
        else {
          this.#held.delete(hash);
          this.#unknownUntil.set(hash, confirmedAt + this.#policy.unknownMs);
        }
      }
      return found;
    } catch (error) {
      if (!(error instanceof DatabaseUnavailable)) throw error;
      this.#away = !isUnmigrated(error);
      throw error;
    }
  }
}
