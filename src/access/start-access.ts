import { hash } from 'node:crypto';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import { DatabaseUnavailable } from '../store/database-error.ts';
import type { PostgresConfig } from '../store/options.ts';
import type { Authenticate } from './access.ts';
import type { RefusalCode } from './access-refused.ts';
import { createAddressOf } from './address-of.ts';
import { Audit } from './audit.ts';
import { createAuthenticate } from './authenticate.ts';
import { FailedAttempts } from './failed-attempts.ts';
import { KeyRing, RING_POLICY, type RingPolicy } from './key-ring.ts';
import { KeyUses } from './key-uses.ts';
import { isLoopback, openToAll } from './loopback.ts';
import type { AccessConfig } from './options.ts';
import type { Peers } from './peers.ts';
import { createProveKey } from './prove-key.ts';
import { createProveSession } from './prove-session.ts';
import { type QuotaLimits, Quotas } from './quotas.ts';
import { createSessionCookie } from './session-cookie.ts';
import { SessionRing } from './session-ring.ts';
import { createSessions, type Sessions } from './sessions.ts';
import { type AccessStore, connectAccessStore } from './tables/access-store.ts';
import { DELETED_AT_ONCE } from './tables/audit-log.ts';
import type { Rate } from './token-bucket.ts';

/** The settings that access control reads. */
export interface AccessSettings {
  readonly access: AccessConfig;
  readonly http: { readonly host: string; readonly workers: number; readonly corsOrigins: readonly string[] };
  readonly postgres: PostgresConfig;
}

export interface AccessParts {
  readonly config: AccessSettings;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Called if Postgres was unavailable at the start, turns out to have no key, and the address is not loopback. */
  readonly fail: (error: Error) => void;
  /** The other processes of this gateway; absent, there are none. */
  readonly peers?: Peers | undefined;
  readonly policy?: RingPolicy;
}

export interface RunningAccess {
  readonly authenticate: Authenticate;
  readonly sessions: Sessions;
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
 * {@link openToAll} if no key is configured and the address is not loopback. If Postgres is unavailable, it starts
 * nevertheless and refuses every caller until Postgres has answered whether a key is configured.
 */
export async function startAccess(parts: AccessParts): Promise<RunningAccess> {
  const { config, log, metrics, fail, peers, policy } = parts;
  const { refreshMs } = policy ?? RING_POLICY;
  const store = connectAccessStore(config.postgres.url.reveal(), log);
  const ring = new KeyRing(store.keys, log, policy);
  const held = new SessionRing(store.sessions, policy);
  const audit = new Audit(store.audit, log);
  const uses = new KeyUses(store.uses, audit);
  const quotas = new Quotas(limitsOf(config.access), Date.now, seedOf(config), peers !== undefined);
  const housekeeping = createHousekeeping(store, config.access.auditDays);
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;

  // Off loopback a server without keys ends. Until it has ended, it must not admit everyone.
  const mayBeOpen = isLoopback(config.http.host);
  const isOpen = (): boolean => mayBeOpen && ring.configured === false;

  await ring.refresh();
  if (ring.configured === false && !mayBeOpen) {
    await store.close();
    throw openToAll(config.http.host);
  }

  let refreshing: Promise<void> = Promise.resolve();
  async function refresh(): Promise<void> {
    await Promise.all([ring.refresh(), held.refresh()]);
    if (stopped) return;
    if (ring.configured === false && !mayBeOpen) fail(openToAll(config.http.host));
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

  const addressOf = createAddressOf(config.access.trustedProxies);
  const cookieOf = createSessionCookie(config.access.trustedProxies);
  const now = Date.now;
  const onRefused = (code: RefusalCode) => metrics.accessRefused.inc({ code });
  const failures = new FailedAttempts(failureRate(config), MAX_ADDRESSES);
  const proveKey = createProveKey({ ring, failures, addressOf, audit, onRefused, now });
  const proveSession = createProveSession({ ring, sessions: held, cookieOf, proveKey, now });
  const allowedOrigins = new Set(config.http.corsOrigins);

  return {
    authenticate: createAuthenticate({
      ring,
      isOpen,
      proveKey,
      proveSession,
      allowedOrigins,
      quotas,
      addressOf,
      uses,
      audit,
      onRefused,
      now,
    }),
    sessions: createSessions({
      isOpen,
      held,
      store: store.sessions,
      cookieOf,
      addressOf,
      proveKey,
      proveSession,
      audit,
      now,
    }),
    isOpen,
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

/** Deletes the audit entries that are older than `days`, and the expired sessions: once an hour, and until none is left. */
function createHousekeeping({ audit, sessions }: AccessStore, days: number): (nowMs: number) => Promise<void> {
  let dueAt = 0;
  return async (nowMs) => {
    if (nowMs < dueAt) return;
    try {
      const deleted = await audit.deleteBefore(nowMs - days * DAY_MS);
      await sessions.deleteExpired();
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
