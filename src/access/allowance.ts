import type { Access } from './access.ts';
import { AccessRefused } from './access-refused.ts';
import { type Rate, TokenBucket } from './token-bucket.ts';

/** The limits of one key; an absent limit is off. */
export interface Limits {
  readonly events?: Rate;
  /** Bytes of decompressed bodies. */
  readonly bytes?: Rate;
}

/** The part of an {@link Access} that limits it. */
export type Allowance = Pick<Access, 'requireCredit' | 'spend' | 'pauseMs' | 'headers'>;

interface Limit {
  readonly name: 'events' | 'bytes';
  readonly bucket: TokenBucket;
  /** Its member of `RateLimit-Policy`. */
  readonly policy: string;
}

/**
 * The remaining allowance of one key. The headers are those of the IETF draft "RateLimit header fields for HTTP":
 * `RateLimit-Policy` has the capacity (q) and the seconds that fill it (w), `RateLimit` the remainder (r) and the seconds
 * until it is full again (t).
 */
export function createAllowance(limits: Limits, now: () => number): Allowance {
  const all = (['events', 'bytes'] as const).flatMap((name): Limit[] => {
    const rate = limits[name];
    return rate === undefined ? [] : [{ name, bucket: new TokenBucket(rate, now()), policy: policyOf(name, rate) }];
  });
  const policy = all.map((limit) => limit.policy).join(', ');

  function headers(): Record<string, string> {
    if (all.length === 0) return {};
    const left = all.map(({ name, bucket }) => {
      const tokens = Math.max(0, Math.floor(bucket.tokens(now())));
      return `"${name}";r=${tokens};t=${bucket.secondsToFull(now())}`;
    });
    return { 'ratelimit-policy': policy, ratelimit: left.join(', ') };
  }

  return {
    headers,
    requireCredit() {
      const at = now();
      const waits = all.map(({ name, bucket }) => ({ name, waitMs: bucket.waitMs(1, at) }));
      const longest = waits.toSorted((a, b) => b.waitMs - a.waitMs)[0];
      if (longest === undefined || longest.waitMs <= 0) return;
      throw new AccessRefused('rate_limited', `this key has used up its ${longest.name} limit`, {
        retryAfterSeconds: Math.ceil(longest.waitMs / 1_000),
        limits: headers(),
      });
    },
    pauseMs() {
      const at = now();
      const waits = all
        .filter(({ name }) => name === 'bytes')
        .map(({ bucket }) => bucket.waitMs(bucket.rate.capacity / 2, at));
      return Math.max(0, ...waits);
    },
    spend(events, bytes) {
      const costs = { events, bytes };
      const at = now();
      for (const { name, bucket } of all) bucket.take(costs[name], at);
    },
  };
}

const policyOf = (name: string, { capacity, perSecond }: Rate): string => {
  const unit = name === 'bytes' ? ';qu="content-bytes"' : '';
  return `"${name}";q=${Math.floor(capacity)}${unit};w=${Math.max(1, Math.round(capacity / perSecond))}`;
};
