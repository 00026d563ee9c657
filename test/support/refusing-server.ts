import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface RefusingServer {
  readonly url: string;
  /** The `authorization` headers that it was sent. */
  readonly authorizations: readonly string[];
  close(): Promise<void>;
}

/** A server that refuses every request, and repeats the request with its headers in the answer, as careless proxies do. */
export async function startRefusingServer(): Promise<RefusingServer> {
  const authorizations: string[] = [];
  const server = createServer((request, response) => {
    request.resume();
    const { method, url, headers } = request;
    if (headers.authorization !== undefined) authorizations.push(headers.authorization);
    const message = `refused: ${method} ${url} with ${JSON.stringify(headers)}`;
    response.writeHead(401, { 'content-type': 'application/json' }).end(JSON.stringify({ error_code: 40101, message }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    authorizations,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
