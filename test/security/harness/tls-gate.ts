import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Certificate } from './authority.ts';

/** A server that ends TLS in front of a real part, which itself serves plain HTTP. */
export interface TlsGate {
  /** The address of the part, by way of the gate. */
  readonly url: string;
  /** Requests that were passed on, and those that were answered 401. */
  readonly passed: number;
  readonly refused: number;
  /** Admits only requests with one of these `Authorization` headers; undefined: all. */
  admit(authorizations: readonly string[] | undefined): void;
  /** Replaces the certificate, and closes the connections that stand. */
  rotate(certificate: Certificate): void;
  close(): Promise<void>;
}

/** @param target the address of the part. */
export async function startTlsGate(target: string, certificate: Certificate): Promise<TlsGate> {
  const part = new URL(target);
  let admitted: readonly string[] | undefined;
  let passed = 0;
  let refused = 0;
  const context = ({ certificate: cert, key }: Certificate) => ({ cert: readFileSync(cert), key: readFileSync(key) });
  const server = createServer(context(certificate), (incoming, response) => {
    if (admitted !== undefined && !admitted.includes(incoming.headers.authorization ?? '')) {
      refused += 1;
      incoming.resume();
      response
        .writeHead(401, { 'content-type': 'application/json' })
        .end('{"error_code":401,"message":"not admitted"}');
      return;
    }
    passed += 1;
    const { method, headers, url: path } = incoming;
    const onward = request({ host: part.hostname, port: part.port, method, headers, path }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onward.on('error', () => response.destroy());
    incoming.pipe(onward);
  });
  server.listen(0, 'localhost');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `https://localhost:${port}${part.pathname.replace(/\/$/, '')}`,
    get passed() {
      return passed;
    },
    get refused() {
      return refused;
    },
    admit(authorizations) {
      admitted = authorizations;
    },
    rotate(next) {
      server.setSecureContext(context(next));
      server.closeAllConnections();
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
