import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** The gateway under attack. */
export interface Target {
  readonly host: string;
  readonly port: number;
}

/** The default export of a file in `attacks/`. It runs in a process of its own, until `signal` is aborted. */
export type Attack = (target: Target, signal: AbortSignal) => Promise<void>;

/** Opens a connection that ignores its errors: being disconnected is what an attacker expects. */
export async function open({ host, port }: Target): Promise<Socket> {
  const socket = connect({ host, port });
  socket.on('error', () => undefined);
  await once(socket, 'connect').catch(() => socket.destroy());
  return socket;
}

/** The time between a connection that was closed and the next: the attack is on the gateway, not on the kernel. */
const AGAIN_MS = 1_000;

/** Opens `count` connections, a thousand a second, and calls `use` with each; replaces each that is closed. */
export async function keepOpen(
  target: Target,
  signal: AbortSignal,
  count: number,
  use: (socket: Socket) => void,
): Promise<void> {
  async function one(_: unknown, index: number): Promise<void> {
    await pause(signal, index);
    while (!signal.aborted) {
      const socket = await open(target);
      const end = (): void => void socket.destroy();
      signal.addEventListener('abort', end, { once: true });
      const closed = new Promise((resolve) => socket.once('close', resolve));
      use(socket);
      await closed;
      signal.removeEventListener('abort', end);
      await pause(signal, AGAIN_MS);
    }
  }
  await Promise.all(Array.from({ length: count }).map(one));
}

/** Resolves after `ms` milliseconds, or when the attack ends. */
export const pause = (signal: AbortSignal, ms: number): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });

/** The head of a request that posts events, with further header lines. */
export const postHead = (...lines: readonly string[]): string =>
  `${['POST /api/events/ml HTTP/1.1', 'host: localhost', 'content-type: application/json', ...lines].join('\r\n')}\r\n\r\n`;
