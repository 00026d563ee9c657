import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import { connectApiKeys } from '../store/api-keys.ts';
import type { PostgresConfig } from '../store/options.ts';
import type { Authenticate } from './access.ts';
import type { Limits } from './allowance.ts';
import { createAuthenticate } from './authenticate.ts';
import { createAddressOf } from './client-address.ts';
import { FailedAttempts } from './failed-attempts.ts';
import { KeyRing, RING_POLICY, type RingPolicy } from './key-ring.ts';
import { isLoopback, openToAll } from './loopback.ts';
import type { AccessConfig } from './options.ts';
import type { Rate } from './token-bucket.ts';

/** The settings that access control reads. */
export interface AccessSettings {
  readonly access: AccessConfig;
  readonly http: { readonly host: string; readonly workers: number };
  readonly postgres: PostgresConfig;
}

export interface AccessParts {
  readonly config: AccessSettings;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Called when Postgres, away at the start, turns out to have no key, and the address is not loopback. */
  readonly fail: (error: Error) => void;
  readonly policy?: RingPolicy;
}

export interface RunningAccess {
  readonly authenticate: Authenticate;
  stop(): Promise<void>;
}

/** Addresses whose failures are counted at once. */
const MAX_ADDRESSES = 10_000;

/**
 * Starts to read the API keys. Throws {@link openToAll} where there is none and the address is not loopback. With Postgres
 * away it starts all the same: until it is known whether there are keys, nobody is let in.
 */
export async function startAccess({ config, log, metrics, fail, policy }: AccessParts): Promise<RunningAccess> {
  const { refreshMs } = policy ?? RING_POLICY;
  const store = connectApiKeys(config.postgres.url.reveal(), log);
  const ring = new KeyRing(store, log, policy);
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;

  await ring.refresh();
  if (ring.configured === false && !isLoopback(config.http.host)) {
    await store.close();
    throw openToAll(config.http.host);
  }

  let refreshing: Promise<void> = Promise.resolve();
  async function refresh(): Promise<void> {
    await ring.refresh();
    if (stopped) return;
    if (ring.configured === false && !isLoopback(config.http.host)) fail(openToAll(config.http.host));
    later();
  }
  function later(): void {
    timer = setTimeout(() => {
      refreshing = refresh();
    }, refreshMs);
  }
  later();

  return {
    authenticate: createAuthenticate({
      ring,
      limits: limitsOf(config),
      failures: new FailedAttempts(failureRate(config), MAX_ADDRESSES),
      addressOf: createAddressOf(config.access.trustedProxies),
      onRefused: (code) => metrics.accessRefused.inc({ code }),
      now: Date.now,
    }),
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await refreshing;
      await store.close();
    },
  };
}

/** The limits of one process: a key's connections are spread over the workers, so each has its share. */
export function limitsOf(config: AccessSettings): Limits {
  const rate = (perSecond: number): Rate | undefined =>
    perSecond === 0
      ? undefined
      : {
          perSecond: perSecond / config.http.workers,
          capacity: Math.max(1, (perSecond * config.access.burstSeconds) / config.http.workers),
        };
  const events = rate(config.access.eventsPerSecond);
  const bytes = rate(config.access.bytesPerSecond);
  return { ...(events && { events }), ...(bytes && { bytes }) };
}

function failureRate({ access, http }: AccessSettings): Rate {
  const perMinute = Math.max(1, access.failuresPerMinute / http.workers);
  return { perSecond: perMinute / 60, capacity: perMinute };
}
