import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import type { Log } from '../../log.ts';
import { OutageLog } from '../../outage-log.ts';
import { type NewBridge, registerBridge, removeBridge, renewBridge } from '../../store/tables/bridge-hosts.ts';

export interface BridgeLeaseParts {
  /** See `createLeasePool`. */
  readonly pool: pg.Pool;
  readonly log: Log;
  readonly host: Omit<NewBridge, 'bridgeId' | 'leaseMs' | 'pauseReason'>;
  readonly leaseMs: number;
  /** The reason why this bridge has stopped claiming; undefined while it claims. */
  readonly pauseReason: () => string | undefined;
  /** Called after each renewal, with the time at which it was sent (`performance.now()`). */
  readonly onRenewed: (sentAtMs: number) => void;
  /** Called when the lease is lost: every worker must be killed, and no result of it counts. */
  readonly onLost: (reason: string) => void;
  /** Resolves when no attempt that was claimed under this id is running any more. */
  readonly ended: (bridgeId: string) => Promise<void>;
}

/** The lease of this process on the trials that it runs. */
export interface BridgeLease {
  /** The id under which trials may be claimed; undefined while there is no lease. */
  readonly bridgeId: string | undefined;
  /** Gives the lease up, and takes a new one: the trials of the old one are rescued. */
  abandon(reason: string): void;
  /** Renews the lease at once, and with it what it states about this bridge. */
  renewNow(): void;
  stop(): Promise<void>;
}

/** Number of renewals during one lease. */
export const RENEWALS = 4;
/** Number of retries after a failure during one lease. */
const REPETITIONS = 16;
/** The share of a lease after which workers are killed; the rest is the time for their processes to end. */
export const KILL_SHARE = 0.75;

/**
 * Keeps a lease. Postgres decides by its own clock when a lease ends; this process measures from the moment before each
 * renewal was sent, and gives up earlier. A lost id is never used again, not even if a renewal would still succeed:
 * that is why it is random, as an id made of a host or pod name would look alive after a restart.
 */
export function startBridgeLease(parts: BridgeLeaseParts): BridgeLease {
  const { pool, log, host, leaseMs, pauseReason, onRenewed, onLost, ended } = parts;
  let isStopped = false;
  let isDue = false;
  let resting = new AbortController();
  const outages = new OutageLog(log);
  let bridgeId: string | undefined;
  let renewedAtMs = 0;
  const abandoned = new Set<string>();
  let expiry: NodeJS.Timeout | undefined;

  /** Called by a separate timer, so that a query that hangs does not delay it. */
  function expire(): void {
    if (bridgeId === undefined) return;
    const leftMs = renewedAtMs + leaseMs * KILL_SHARE - performance.now();
    if (leftMs > 0) expiry = setTimeout(expire, leftMs);
    else lose('the lease was not renewed in time');
  }

  function lose(reason: string): void {
    if (bridgeId === undefined) return;
    abandoned.add(bridgeId);
    bridgeId = undefined;
    clearTimeout(expiry);
    log.error({ reason }, 'the lease of this bridge is lost: its workers are killed');
    onLost(reason);
  }

  function renewed(sentAtMs: number): void {
    renewedAtMs = sentAtMs;
    clearTimeout(expiry);
    expire();
    onRenewed(sentAtMs);
  }

  async function take(): Promise<void> {
    // The rows of abandoned ids are removed at once, so that no bridge waits for their leases to expire; but not while
    // a worker of such an id is running, because another bridge would run the same trial in parallel.
    for (const id of abandoned) {
      await ended(id);
      await removeBridge(pool, id);
      abandoned.delete(id);
    }
    const id = randomUUID();
    const sentAtMs = performance.now();
    await registerBridge(pool, { ...host, bridgeId: id, leaseMs, pauseReason: pauseReason() });
    bridgeId = id;
    renewed(sentAtMs);
  }

  async function renew(id: string): Promise<void> {
    const sentAtMs = performance.now();
    const isAlive = await renewBridge(pool, id, leaseMs, pauseReason());
    if (bridgeId !== id) return;
    if (isAlive) renewed(sentAtMs);
    else lose('Postgres had declared this bridge dead');
  }

  async function keep(): Promise<void> {
    while (!isStopped) {
      isDue = false;
      let pauseMs = leaseMs / RENEWALS;
      try {
        await (bridgeId === undefined ? take() : renew(bridgeId));
        outages.recovered('lease', {}, 'the lease of this bridge is renewed again');
      } catch (error) {
        pauseMs = leaseMs / REPETITIONS;
        const cause = (error as Error).message;
        outages.failed('lease', { cause }, 'the lease of this bridge cannot be renewed');
      }
      resting = new AbortController();
      if (!isDue && !isStopped) await sleep(pauseMs, undefined, { signal: resting.signal }).catch(() => undefined);
    }
  }
  const kept = keep();

  return {
    get bridgeId() {
      return bridgeId;
    },
    abandon: lose,
    renewNow() {
      isDue = true;
      resting.abort();
    },
    async stop() {
      isStopped = true;
      resting.abort();
      await kept;
      clearTimeout(expiry);
      const id = bridgeId;
      bridgeId = undefined;
      for (const left of [...abandoned, ...(id === undefined ? [] : [id])]) {
        // If this fails, the lease runs out by itself.
        await removeBridge(pool, left).catch((cause: unknown) =>
          log.warn({ cause }, 'the lease stays until it expires'),
        );
      }
    },
  };
}
