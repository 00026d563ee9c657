import type { IncomingMessage } from 'node:http';
import { Problem } from './problem.ts';

/** The client went away before its request was whole: nobody is left to answer. */
export class ClientGone extends Error {
  override readonly name = 'ClientGone';
}

/** Reads a body whole. Throws the `Problem` body_too_large, or {@link ClientGone}. */
export function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > maxBytes) {
        request.removeAllListeners('data');
        reject(new Problem('body_too_large', `the body has more than ${maxBytes} bytes`));
      } else chunks.push(chunk);
    });
    request.on('end', () => {
      const [first] = chunks;
      resolve(chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks, bytes));
    });
    request.on('error', (cause) => reject(new ClientGone('the request ended before its body did', { cause })));
  });
}
