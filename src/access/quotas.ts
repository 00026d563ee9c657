import { BoundedCache } from '../bounded-cache.ts';
import type { Access } from './access.ts';
import { createAllowance, type Limits } from './allowance.ts';
import { type NameLimits, NameQuota, type NewNames } from './name-quota.ts';
import { SeenNames } from './seen-names.ts';

/** The limits of each key; an absent limit is off. */
export interface QuotaLimits extends Limits, NameLimits {}

/** The part of an {@link Access} that its quota decides. */
export type Quota = Pick<Access, 'requireCredit' | 'spend' | 'pauseMs' | 'headers' | 'faultOf'>;

/** The usage of one key since the last exchange between the processes of a gateway. */
export interface KeyUsage extends NewNames {
  readonly keyId: string;
  readonly events: number;
  readonly bytes: number;
}

/** Keys whose quota is kept; beyond it the one used longest ago is dropped, and that key starts with a full quota. */
const MAX_KEYS = 10_000;
/** Names that are remembered at least; `SeenNames` keeps twice as many at most, in 16 MiB. */
const MAX_NAMES = 1_000_000;

type Collected = { -readonly [Name in keyof KeyUsage]: KeyUsage[Name] } & { readonly fingerprints: number[] };

const NO_NAMES: NewNames = { trials: 0, metrics: 0, fingerprints: [] };

interface KeyQuota extends Quota {
  /** Takes the usage in another process from the quota. */
  take(usage: KeyUsage): void;
}

/**
 * The quotas of all keys in one process. The processes of a gateway exchange the usage of each key, so that together they
 * grant one quota, whichever process a connection reaches: see {@link takeUsage} and {@link apply}.
 */
export class Quotas {
  readonly #limits: QuotaLimits;
  readonly #now: () => number;
  readonly #seen: SeenNames;
  readonly #quotas = new BoundedCache<string, KeyQuota>(MAX_KEYS);
  readonly #used = new Map<string, Collected>();
  readonly #isShared: boolean;

  /**
   * @param seed of {@link SeenNames}, the same in all processes of a gateway.
   * @param isShared whether there are other processes; without them nothing is collected for {@link takeUsage}.
   */
  constructor(limits: QuotaLimits, now: () => number, seed: number, isShared: boolean) {
    this.#limits = limits;
    this.#now = now;
    this.#seen = new SeenNames(MAX_NAMES, seed);
    this.#isShared = isShared;
  }

  of(keyId: string): Quota {
    return this.#quotaOf(keyId);
  }

  /** Returns the usage of each key in this process since the last call. */
  takeUsage(): readonly KeyUsage[] {
    const usage = [...this.#used.values()];
    this.#used.clear();
    return usage;
  }

  /** Takes the usage of keys in another process from their quotas. */
  apply(usage: readonly KeyUsage[]): void {
    for (const used of usage) this.#quotaOf(used.keyId).take(used);
  }

  #quotaOf(keyId: string): KeyQuota {
    const known = this.#quotas.get(keyId);
    if (known !== undefined) return known;
    const quota = this.#make(keyId);
    this.#quotas.set(keyId, quota);
    return quota;
  }

  #make(keyId: string): KeyQuota {
    const { requireCredit, spend, pauseMs, headers } = createAllowance(this.#limits, this.#now);
    const names = new NameQuota(keyId, this.#limits, this.#seen, this.#now, (fresh) => {
      this.#note(keyId, 0, 0, fresh);
    });
    return {
      requireCredit,
      pauseMs,
      headers,
      faultOf: (event) => names.faultOf(event),
      spend: (events, bytes) => {
        spend(events, bytes);
        this.#note(keyId, events, bytes, NO_NAMES);
      },
      take: (usage) => {
        spend(usage.events, usage.bytes);
        names.take(usage);
      },
    };
  }

  #note(keyId: string, events: number, bytes: number, names: NewNames): void {
    if (!this.#isShared) return;
    const used = this.#used.get(keyId) ?? { keyId, events: 0, bytes: 0, trials: 0, metrics: 0, fingerprints: [] };
    used.events += events;
    used.bytes += bytes;
    used.trials += names.trials;
    used.metrics += names.metrics;
    used.fingerprints.push(...names.fingerprints);
    this.#used.set(keyId, used);
  }
}
