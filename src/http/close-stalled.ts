import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Metrics } from '../metrics.ts';
import type { Exchange, Exchanges } from './exchanges.ts';

/** The number of times that each connection is checked within the time-out. */
const CHECKS = 4;

/** Measures for how long the bytes that each connection owes have stayed the same. */
export class StallWatch<Key extends object> {
  readonly #timeoutMs: number;
  readonly #owed = new WeakMap<Key, { readonly bytes: number; readonly since: number }>();

  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
  }

  /**
   * Whether `key` has owed exactly `bytes` for the whole time-out.
   *
   * @param nowMs milliseconds of a monotonic clock.
   */
  isStalled(key: Key, bytes: number, nowMs: number): boolean {
    const last = this.#owed.get(key);
    if (bytes > 0 && last?.bytes === bytes) return nowMs - last.since >= this.#timeoutMs;
    this.#owed.set(key, { bytes, since: nowMs });
    return false;
  }
}

/**
 * Closes a connection whose client has read nothing for `timeoutMs` while an answer waits to be sent. The time-outs of Node
 * restart when the client sends a byte, so a client could keep an answer in memory by sending the next request slowly.
 */
export function closeStalled(server: Server, exchanges: Exchanges, timeoutMs: number, metrics: Metrics): void {
  const watch = new StallWatch<Exchange>(timeoutMs);
  const timer = setInterval(() => {
    const now = performance.now();
    for (const exchange of exchanges.open()) {
      const { socket } = exchange.request;
      if (!watch.isStalled(exchange, unsentBytes(socket), now)) continue;
      metrics.httpConnectionsClosed.inc({ reason: 'stalled' });
      socket.destroy();
    }
  }, timeoutMs / CHECKS).unref();
  server.once('close', () => clearInterval(timer));
}

/**
 * The bytes that the kernel has not accepted. `writableLength` counts a chunk until the whole of it is accepted, which for a
 * large answer takes long; the queue of the handle, by which Node itself measures progress, shrinks with each part.
 */
function unsentBytes(socket: Socket): number {
  const { _handle: handle } = socket as Socket & { readonly _handle?: { readonly writeQueueSize?: number } | null };
  return handle?.writeQueueSize ?? socket.writableLength;
}
