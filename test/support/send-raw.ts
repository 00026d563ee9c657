import { request } from 'node:http';
import { text } from 'node:stream/consumers';

/** Sends a request with headers that `fetch` would refuse; resolves with the status line, the headers and the body. */
export function sendRaw(
  url: string,
  method: string,
  headers: Readonly<Record<string, string>>,
  body?: string,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers, agent: false }, async (response) => {
      resolve(`${response.statusCode} ${JSON.stringify(response.headers)} ${await text(response)}`);
    });
    sent.on('error', reject);
    sent.end(body);
  });
}
