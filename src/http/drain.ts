import type { Server } from 'node:http';
import type { Log } from '../log.ts';
import type { Exchanges } from './exchanges.ts';

/** The state of a server's shutdown; both are false until the stop begins. */
export interface Phase {
  /** Requests are served, but `/health/ready` answers 503 and connections are not kept alive. */
  leaving: boolean;
  /** New requests are rejected with 503; requests in flight are answered. */
  stopping: boolean;
}

export interface DrainTimes {
  /** How long bodies that are on their way may take to arrive. */
  readonly bodiesMs: number;
  /** When connections are cut off. */
  readonly deadlineMs: number;
}

const CLOSE_IDLE_EVERY_MS = 50;

/**
 * Stops a server without an unknown outcome: no new connections, idle ones are closed, requests in flight are answered,
 * and only what is left at the deadline is cut off.
 */
export async function drain(
  server: Server,
  exchanges: Exchanges,
  { bodiesMs, deadlineMs }: DrainTimes,
  log: Log,
): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const timers = [
    // Connections become idle as their requests are answered.
    setInterval(() => server.closeIdleConnections(), CLOSE_IDLE_EVERY_MS),
    setTimeout(() => exchanges.failUnread(), bodiesMs),
    setTimeout(() => {
      log.warn({ deadlineMs }, 'requests in flight are cut off: they did not end in time');
      server.closeAllConnections();
    }, deadlineMs),
  ];
  await closed;
  for (const timer of timers) clearTimeout(timer);
}
