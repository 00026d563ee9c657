import http from 'node:http';
import https from 'node:https';

/** The end of a request: its answer, or the cause of there being none. */
export type PostAnswer =
  | { readonly kind: 'answered'; readonly status: number; readonly body: string; readonly retryAfterMs: number }
  | { readonly kind: 'unknown'; readonly cause: string };

export interface Poster {
  /** Posts JSON; never rejects. */
  post(json: string): Promise<PostAnswer>;
  close(): void;
}

export interface PosterOptions {
  readonly gatewayUrl: string;
  readonly apiKey?: string | undefined;
  /** Connections, at most. */
  readonly connections: number;
  /** The longest time until the answer to a request. */
  readonly timeoutMs: number;
}

/** Posts events to a gateway over kept-alive connections. */
export function createPoster({ gatewayUrl, apiKey, connections, timeoutMs }: PosterOptions): Poster {
  const url = `${gatewayUrl.replace(/\/$/, '')}/api/events/ml`;
  const { Agent, request } = url.startsWith('https:') ? https : http;
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const headers = { 'content-type': 'application/json', ...(apiKey && { authorization: `Bearer ${apiKey}` }) };
  return {
    post: (json) =>
      new Promise((resolve) => {
        const outgoing = request(url, { agent, method: 'POST', headers, timeout: timeoutMs }, (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('error', (error) => resolve({ kind: 'unknown', cause: error.message }));
          response.on('end', () => {
            const status = response.statusCode ?? 0;
            const retryAfterMs = Number(response.headers['retry-after'] ?? 1) * 1_000 || 1_000;
            resolve({ kind: 'answered', status, body: Buffer.concat(chunks).toString('utf8'), retryAfterMs });
          });
        });
        outgoing.on('timeout', () => outgoing.destroy(new Error(`no answer within ${timeoutMs} ms`)));
        outgoing.on('error', (error) => resolve({ kind: 'unknown', cause: error.message }));
        outgoing.end(json);
      }),
    close: () => agent.destroy(),
  };
}
