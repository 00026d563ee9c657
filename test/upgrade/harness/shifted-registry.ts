import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * A way to the real registry by which schemas have other ids. A restored registry has the ids of the one that was lost, and the
 * registry of a test has ids of its own: this one lies between bytes of another registry and that of the test.
 */
export interface ShiftedRegistry {
  /** For `SCHEMA_REGISTRY_URL`. */
  readonly url: string;
  close(): Promise<void>;
}

export interface Shift {
  /** The id in the registry of an id that a client asks for. */
  readonly toReal: (id: number) => number;
  /** The id that a client sees of an id in the registry. */
  readonly toShown: (id: number) => number;
}

const ASKED = /\/schemas\/ids\/(\d+)/;

/** @param target the address of the registry. */
export async function startShiftedRegistry(target: string, { toReal, toShown }: Shift): Promise<ShiftedRegistry> {
  const real = new URL(target);
  const server = createServer((incoming, response) => {
    const path = (incoming.url ?? '').replace(ASKED, (_, id) => `/schemas/ids/${toReal(Number(id))}`);
    const headers = { ...incoming.headers, host: real.host, 'accept-encoding': 'identity' };
    const asked = request(
      { host: real.hostname, port: real.port, method: incoming.method, headers, path },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.once('end', () => {
          const text = Buffer.concat(chunks).toString();
          const body = Buffer.from(text.replace(/"id":(\d+)/, (_, id) => `"id":${toShown(Number(id))}`));
          const { 'transfer-encoding': _, ...kept } = answer.headers;
          response.writeHead(answer.statusCode ?? 502, { ...kept, 'content-length': body.length }).end(body);
        });
      },
    );
    asked.once('error', () => response.destroy());
    incoming.pipe(asked);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}${real.pathname.replace(/\/$/, '')}`,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
