import type { Server } from 'node:http';
import type { Log } from '../log.ts';
import type { Exchanges } from './exchanges.ts';

/** The state of a server's shutdown; both are false until the stop starts. */
export interface Phase {
  /** Requests are served, but `/health/ready` answers 503 and connections are not kept alive. */
  leaving: boolean;
  /** New requests are rejected with 503; requests in flight are answered. */
  stopping: boolean;
}

export interface DrainTimes {
  /** Time for bodies to arrive, in milliseconds. */
  readonly bodiesMs: number;
  /** Time after which connections are cut off, in milliseconds. */
  readonly deadlineMs: number;
}

const CLOSE_IDLE_EVERY_MS = 50;

/**
 * Stops a server so that every request has an outcome: new connections are refused, idle ones closed, and requests in
 * flight answered. Connections that are still open at the deadline are cut off.
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
      log.warn({ deadlineMs }, 'cutting off requests in flight that did not end before the deadline');
      server.closeAllConnections();
    }, deadlineMs),
  ];
  await closed;
  for (const timer of timers) clearTimeout(timer);
}
