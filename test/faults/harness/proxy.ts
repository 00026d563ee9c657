import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** The treatment of a client's bytes. */
export type ProxyMode =
  | { readonly kind: 'pass' }
  /** Closes every connection at once, as if the server were down. */
  | { readonly kind: 'refuse' }
  /** Accepts bytes and forwards none. */
  | { readonly kind: 'stall' }
  /** Closes a connection once the client has sent this many bytes on it. */
  | { readonly kind: 'cut'; readonly afterBytes: number };

/** A server between a client and another server on this machine. */
export interface TcpProxy {
  readonly port: number;
  /** Number of connections in a mode other than `pass`. */
  readonly broken: number;
  /** Changes the mode, and closes all open connections. */
  set(mode: ProxyMode): void;
  /** Passes later connections on to another server, and closes all open ones. */
  redirect(target: number): void;
  close(): Promise<void>;
}

export async function startProxy(firstTarget: number): Promise<TcpProxy> {
  let target = firstTarget;
  let mode: ProxyMode = { kind: 'pass' };
  let broken = 0;
  const clients = new Set<Socket>();

  const server = createServer((client) => {
    clients.add(client);
    client.on('close', () => clients.delete(client));
    client.on('error', () => undefined);
    if (mode.kind !== 'pass') broken += 1;
    if (mode.kind === 'refuse') client.destroy();
    else if (mode.kind === 'stall') client.resume();
    else passOn(client, target, mode.kind === 'cut' ? mode.afterBytes : Number.POSITIVE_INFINITY);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  return {
    port: (server.address() as AddressInfo).port,
    get broken() {
      return broken;
    },
    set(next) {
      mode = next;
      for (const client of clients) client.destroy();
    },
    redirect(next) {
      target = next;
      for (const client of clients) client.destroy();
    },
    async close() {
      for (const client of clients) client.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

function passOn(client: Socket, port: number, bytes: number): void {
  const upstream = connect(port, '127.0.0.1');
  let left = bytes;
  client.on('data', (data) => {
    upstream.write(data.subarray(0, Math.max(0, left)));
    left -= data.length;
    if (left <= 0) client.destroy();
  });
  client.on('close', () => upstream.destroy());
  upstream.on('error', () => client.destroy());
  upstream.on('close', () => client.destroy());
  upstream.pipe(client);
}
