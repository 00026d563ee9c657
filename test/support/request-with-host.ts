import { request } from 'node:http';
import { text } from 'node:stream/consumers';

export interface HostAnswer {
  readonly status: number | undefined;
  readonly body: string;
}

/** Sends a request whose `Host` header is not the address it goes to; fetch cannot. */
export function requestWithHost(
  url: string,
  host: string,
  method = 'GET',
  body = '',
  headers: Readonly<Record<string, string>> = {},
): Promise<HostAnswer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { method, headers: { ...headers, host } }, async (answer) =>
      resolve({ status: answer.statusCode, body: await text(answer) }),
    );
    outgoing.once('error', reject);
    outgoing.end(body);
  });
}
