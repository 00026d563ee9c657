import http from 'node:http';
import https from 'node:https';

/** How a request ended. */
export type Answer =
  | { readonly kind: 'answered'; readonly status: number; readonly body: string; readonly retryAfterMs: number }
  | { readonly kind: 'unknown'; readonly cause: string };

export interface Poster {
  /** Posts JSON; never rejects. */
  post(json: string): Promise<Answer>;
  close(): void;
}

/**
 * Posts to one address over kept-alive connections.
 *
 * @param timeoutMs how long an answer may take.
 */
export function createPoster(url: string, apiKey: string | undefined, connections: number, timeoutMs: number): Poster {
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
