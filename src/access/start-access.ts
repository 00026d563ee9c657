import { hash } from 'node:crypto';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import { DatabaseUnavailable } from '../store/database-error.ts';
import type { PostgresConfig } from '../store/options.ts';
import type { Authenticate } from './access.ts';
import { createAddressOf } from './address-of.ts';
import { Audit } from './audit.ts';
import { createAuthenticate } from './authenticate.ts';
import { FailedAttempts } from './failed-attempts.ts';
import { KeyRing, RING_POLICY, type RingPolicy } from './key-ring.ts';
import { KeyUses } from './key-uses.ts';
import { isLoopback, openToAll } from './loopback.ts';
import type { AccessConfig } from './options.ts';
import type { Peers } from './peers.ts';
import { type QuotaLimits, Quotas } from './quotas.ts';
import { type AccessStore, connectAccessStore } from './tables/access-store.ts';
import { DELETED_AT_ONCE } from './tables/audit-log.ts';
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
  /** Called if Postgres was away at the start, turns out to have no key, and the address is not loopback. */
  readonly fail: (error: Error) => void;
  /** The other processes of this gateway; absent, there are none. */
  readonly peers?: Peers | undefined;
  readonly policy?: RingPolicy;
}

export interface RunningAccess {
  readonly authenticate: Authenticate;
  /** Whether everyone is admitted at the moment, because there is no API key. */
  isOpen(): boolean;
  stop(): Promise<void>;
}

/** How often the processes of a gateway exchange the usage of keys, in milliseconds. */
const EXCHANGE_MS = 200;
/** Networks whose failed authentications are counted at the same time. */
const MAX_ADDRESSES = 10_000;

/**
 * Starts access control: reads the API keys every few seconds, and stores their uses and the audit log. Throws
 * {@link openToAll} if no key is configured and the address is not loopback. While Postgres is away it starts all the same,
 * and refuses every caller until it is known whether a key is configured.
 */
export async function startAccess(parts: AccessParts): Promise<RunningAccess> {
  const { config, log, metrics, fail, peers, policy } = parts;
  const { refreshMs } = policy ?? RING_POLICY;
  const store = connectAccessStore(config.postgres.url.reveal(), log);
  const ring = new KeyRing(store.keys, log, policy);
  const audit = new Audit(store.audit, log);
  const uses = new KeyUses(store.uses, audit);
  const quotas = new Quotas(limitsOf(config.access), Date.now, seedOf(config), peers !== undefined);
  const housekeeping = createHousekeeping(store, config.access.auditDays);
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
    await uses.flush(Date.now());
    await audit.flush();
    if (ring.configured) await housekeeping(Date.now());
    later();
  }
  function later(): void {
    if (stopped) return;
    timer = setTimeout(() => {
      refreshing = refresh();
    }, refreshMs);
  }
  later();
  const exchange = peers && exchangeUsage(quotas, peers);

  return {
    authenticate: createAuthenticate({
      ring,
      quotas,
      failures: new FailedAttempts(failureRate(config), MAX_ADDRESSES),
      addressOf: createAddressOf(config.access.trustedProxies),
      uses,
      audit,
      onRefused: (code) => metrics.accessRefused.inc({ code }),
      now: Date.now,
    }),
    isOpen: () => ring.configured === false,
    async stop() {
      stopped = true;
      clearTimeout(timer);
      clearInterval(exchange);
      await refreshing;
      await uses.flush(Date.now(), true);
      await audit.close();
      await store.close();
    },
  };
}

const DAY_MS = 86_400_000;
const HOUSEKEEPING_MS = 3_600_000;

/** Deletes the audit entries that are older than `days`: once an hour, and until none is left. */
function createHousekeeping({ audit }: AccessStore, days: number): (nowMs: number) => Promise<void> {
  let dueAt = 0;
  return async (nowMs) => {
    if (nowMs < dueAt) return;
    try {
      const deleted = await audit.deleteBefore(nowMs - days * DAY_MS);
      if (deleted < DELETED_AT_ONCE) dueAt = nowMs + HOUSEKEEPING_MS;
    } catch (error) {
      if (!(error instanceof DatabaseUnavailable)) throw error;
    }
  };
}

/** Sends the usage of keys to the other processes of the gateway, and applies theirs. */
function exchangeUsage(quotas: Quotas, peers: Peers): NodeJS.Timeout {
  peers.onUsage((usage) => quotas.apply(usage));
  const timer = setInterval(() => {
    const usage = quotas.takeUsage();
    if (usage.length > 0) peers.send(usage);
  }, EXCHANGE_MS);
  return timer.unref();
}

/** The limits of each key. The processes of a gateway exchange the usage of keys, so each of them has the whole limits. */
function limitsOf(access: AccessConfig): QuotaLimits {
  const { eventsPerSecond, bytesPerSecond, burstSeconds, newTrialsPerHour, newMetricsPerHour } = access;
  return {
    ...rate('events', eventsPerSecond, burstSeconds),
    ...rate('bytes', bytesPerSecond, burstSeconds),
    ...rate('trials', newTrialsPerHour / HOUR_S, HOUR_S),
    ...rate('metrics', newMetricsPerHour / HOUR_S, HOUR_S),
  };
}

const HOUR_S = 3_600;

const rate = (name: keyof QuotaLimits, perSecond: number, burstSeconds: number): QuotaLimits =>
  perSecond === 0 ? {} : { [name]: { perSecond, capacity: Math.max(1, perSecond * burstSeconds) } };

/** The same number in all processes of a gateway, and unknown to its clients. */
const seedOf = ({ postgres }: AccessSettings): number => hash('sha256', postgres.url.reveal(), 'buffer').readInt32BE();

function failureRate({ access, http }: AccessSettings): Rate {
  const perMinute = Math.max(1, access.failuresPerMinute / http.workers);
  return { perSecond: perMinute / 60, capacity: perMinute };
}
