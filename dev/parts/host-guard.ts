import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { isLoopbackHost } from '../../src/access/loopback.ts';

const LOOPBACK = '127.0.0.1';

export interface HostGuard {
  close(): Promise<void>;
}

/**
 * Listens on `port` and passes requests on to a server on `target`, unless their `Host` names another machine than this
 * one: those are answered 421. A web page whose name its owner points at 127.0.0.1 (DNS rebinding) thus cannot use a server
 * that has neither passwords nor a check of its own.
 */
export function startHostGuard(port: number, target: number): Promise<HostGuard> {
  const agent = new Agent({ keepAlive: true });
  const server = createServer((incoming, response) => {
    if (isLoopbackHost(incoming.headers.host ?? '')) forward(incoming, response, target, agent);
    else refuse(incoming, response);
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: LOOPBACK, port, exclusive: true }, () => {
      server.off('error', reject);
      resolve({
        async close() {
          const closed = new Promise((done) => server.close(done));
          server.closeAllConnections();
          agent.destroy();
          await closed;
        },
      });
    });
  });
}

function refuse(incoming: IncomingMessage, response: ServerResponse): void {
  incoming.resume();
  response
    .writeHead(421, { 'content-type': 'text/plain' })
    .end(`This server answers requests for localhost only, not for ${JSON.stringify(incoming.headers.host ?? '')}.\n`);
}

function forward(incoming: IncomingMessage, response: ServerResponse, target: number, agent: Agent): void {
  const { method, url: path, headers } = incoming;
  const outgoing = request({ host: LOOPBACK, port: target, method, path, headers, agent }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
    answer.once('error', () => response.destroy());
  });
  // The client sees what it would see without the guard: a connection that ends without an answer.
  outgoing.once('error', () => response.destroy());
  response.once('close', () => outgoing.destroy());
  incoming.pipe(outgoing);
}
