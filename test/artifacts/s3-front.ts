import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request to the object store. */
export interface FrontRequest {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
}

/** The status to answer a request with, `hang` for no answer, or undefined to pass it on. */
export type FrontRule = (request: FrontRequest) => number | 'hang' | undefined;

/** A server in front of the real object store, which answers some requests itself. */
export interface S3Front {
  readonly url: string;
  set(rule: FrontRule): void;
  /** Resolves when a request hangs. */
  readonly hanging: Promise<FrontRequest>;
  close(): Promise<void>;
}

export async function startS3Front(endpoint: string): Promise<S3Front> {
  let rule: FrontRule = () => undefined;
  let hang: (request: FrontRequest) => void = () => undefined;
  const hanging = new Promise<FrontRequest>((resolve) => {
    hang = resolve;
  });
  const server = createServer((asked, answer) => {
    const about = { method: asked.method ?? '', url: asked.url ?? '' };
    const verdict = rule(about);
    if (verdict === 'hang') hang(about);
    else if (verdict === undefined) passOn(endpoint, asked, answer);
    else answer.writeHead(verdict).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    set(next) {
      rule = next;
    },
    hanging,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** With the headers unchanged: the signature covers them, the host included. */
function passOn(endpoint: string, asked: IncomingMessage, answer: ServerResponse): void {
  const { method, url = '', headers } = asked;
  const passed = request(new URL(url, endpoint), { method, headers }, (answered) => {
    answer.writeHead(answered.statusCode ?? 500, answered.headers);
    answered.pipe(answer);
  });
  passed.on('error', () => answer.destroy());
  asked.pipe(passed);
}
