import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { type Client, clientOfAddress } from '../access/client.ts';
import { insideNetworks } from '../access/inside-networks.ts';
import type { Metrics } from '../metrics.ts';
import type { Probe } from '../runtime/health.ts';
import { Problem } from './problem.ts';

export interface ConnectionLimits {
  /** Connections of this process. */
  readonly maxConnections: number;
  /** Connections of one client: of one address or network, and of one API key. Undefined, a quarter of all. */
  readonly maxConnectionsPerClient: number | undefined;
  /** Proxies, whose connections carry the requests of many clients and belong to none of them. */
  readonly trustedProxies: readonly string[];
}

/** The shares that the connections of a server are counted for. */
export interface ConnectionShares {
  /** Counts a connection for the key its request carries. Throws the `Problem` rate_limited if the key has its share. */
  claim(socket: Socket, client: Client): void;
  /** The connections that are open. */
  open(): number;
  /** Reports a problem while no further connection is accepted. */
  readonly probe: Probe;
}

/** Node's types lack the socket below one with TLS. */
type TlsSocket = TLSSocket & { readonly _parent?: Socket };

/** The clients that a connection is counted for. */
interface Owners {
  readonly address: Client | undefined;
  key: Client | undefined;
}

/** Bounds the connections of a server, and the share of each client, so that no client can lock out the others. */
export function limitConnections(server: Server, limits: ConnectionLimits, metrics: Metrics): ConnectionShares {
  const { maxConnections } = limits;
  const maxPerClient = limits.maxConnectionsPerClient ?? Math.ceil(maxConnections / 4);
  const isProxy = insideNetworks(limits.trustedProxies);
  const owners = new WeakMap<Socket, Owners>();
  const counts = new Map<Client, number>();
  let open = 0;

  const countOf = (client: Client): number => counts.get(client) ?? 0;
  function add(client: Client | undefined, change: 1 | -1): void {
    if (client === undefined) return;
    const count = countOf(client) + change;
    if (count > 0) counts.set(client, count);
    else counts.delete(client);
  }

  server.maxConnections = maxConnections;
  // A connection that one worker has no room for would be passed from worker to worker while all are full. Node's types
  // lack the property.
  Object.assign(server, { dropMaxConnection: true });
  server.on('drop', () => metrics.httpConnectionsClosed.inc({ reason: 'full' }));
  server.on('connection', (socket: Socket) => {
    const { remoteAddress = '' } = socket;
    const address = isProxy(remoteAddress) ? undefined : clientOfAddress(remoteAddress);
    if (address !== undefined && countOf(address) >= maxPerClient) {
      metrics.httpConnectionsClosed.inc({ reason: 'share' });
      socket.destroy();
      return;
    }
    const mine: Owners = { address, key: undefined };
    owners.set(socket, mine);
    add(address, 1);
    open += 1;
    socket.once('close', () => {
      open -= 1;
      add(mine.address, -1);
      add(mine.key, -1);
    });
  });
  // With TLS, requests have a socket of their own on top of the one that was counted.
  server.on('secureConnection', (socket: TlsSocket) => {
    const mine = socket._parent && owners.get(socket._parent);
    if (mine !== undefined) owners.set(socket, mine);
  });

  return {
    open: () => open,

    claim(socket, client) {
      const mine = owners.get(socket);
      if (mine === undefined || mine.key === client || mine.address === undefined || !client.startsWith('key:')) return;
      if (countOf(client) >= maxPerClient) {
        metrics.httpConnectionsClosed.inc({ reason: 'share' });
        throw new Problem('rate_limited', `this API key has ${maxPerClient} connections to this process, the maximum`, {
          retryAfterSeconds: 1,
          headers: { connection: 'close' },
        });
      }
      add(mine.key, -1);
      add(client, 1);
      mine.key = client;
    },

    probe: {
      name: 'connections',
      async check() {
        if (open < maxConnections) return undefined;
        const [client, count] = [...counts].reduce((most, entry) => (entry[1] > most[1] ? entry : most), ['', 0]);
        return `${open} of ${maxConnections} connections are open (HTTP_MAX_CONNECTIONS); ${client} has ${count} of them`;
      },
    },
  };
}
