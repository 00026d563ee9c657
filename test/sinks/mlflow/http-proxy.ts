import { once } from 'node:events';
import { createServer, type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** The treatment of one request. */
export type Treatment =
  | { readonly kind: 'pass' }
  /** Answers itself; the server does not get the request. */
  | { readonly kind: 'answer'; readonly status: number; readonly type: string; readonly body: string }
  /** The server gets the request, and the client gets no answer: the connection breaks. */
  | { readonly kind: 'lose answer' }
  /** The connection breaks before the server gets the request. */
  | { readonly kind: 'lose request' };

export const PASS: Treatment = { kind: 'pass' };

/** A request as a test sees it. */
export interface SeenRequest {
  readonly method: string;
  /** Below the prefix of the API, without the query: `runs/create`. */
  readonly call: string;
  readonly body: Buffer;
}

/** A proxy in front of MLflow, as operators have one. */
export interface HttpProxy {
  readonly url: string;
  /** Every request, in their order. */
  readonly seen: readonly SeenRequest[];
  /** Decides about each further request. */
  treat(decide: (request: SeenRequest) => Treatment | Promise<Treatment>): void;
  close(): Promise<void>;
}

export async function startHttpProxy(target: string): Promise<HttpProxy> {
  let decide: (request: SeenRequest) => Treatment | Promise<Treatment> = () => PASS;
  const seen: SeenRequest[] = [];
  const server = createServer(async (incoming, outgoing) => {
    incoming.on('error', () => undefined);
    outgoing.on('error', () => undefined);
    const body = await buffer(incoming);
    const call = (incoming.url ?? '').replace(/^\/(?:ajax-)?api\/2\.0\/mlflow\//, '').replace(/\?.*$/, '');
    const one = { method: incoming.method ?? '', call, body };
    seen.push(one);
    const treatment = await decide(one);
    if (treatment.kind === 'lose request') return void incoming.socket.resetAndDestroy();
    if (treatment.kind === 'answer') {
      outgoing.writeHead(treatment.status, { 'content-type': treatment.type });
      return void outgoing.end(treatment.body);
    }
    const answer = await forward(target, incoming, body).catch(() => undefined);
    if (answer === undefined || treatment.kind === 'lose answer') return void incoming.socket.resetAndDestroy();
    const content = await buffer(answer);
    outgoing.writeHead(answer.statusCode ?? 502, { 'content-type': answer.headers['content-type'] ?? '' });
    outgoing.end(content);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    treat(next) {
      decide = next;
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function forward(target: string, { method, url, headers }: IncomingMessage, body: Buffer): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const { host: _, connection: __, ...others } = headers;
    const outgoing = request(`${target}${url}`, { method, headers: others }, resolve);
    outgoing.once('error', reject);
    outgoing.end(body);
  });
}
