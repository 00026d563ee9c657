import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';

/** An upload that the test sends piece by piece. */
export interface SlowUpload {
  readonly sent: ClientRequest;
  /** Resolves when the piece has left the process. */
  send(piece: Buffer): Promise<void>;
  /** The answer; rejects if the connection closes without one. */
  readonly answer: Promise<{ readonly status: number; readonly body: Readonly<Record<string, unknown>> }>;
}

/** @param length the announced length; undefined for chunks. */
export function startUpload(url: string, length: number | undefined): SlowUpload {
  const sent = request(url, { method: 'PUT', headers: length === undefined ? {} : { 'content-length': length } });
  const answer = once(sent, 'response').then(async ([response]) => {
    let text = '';
    for await (const chunk of response as IncomingMessage) text += chunk;
    return { status: (response as IncomingMessage).statusCode ?? 0, body: JSON.parse(text) };
  });
  // A test that cuts the connection does not look at the answer, and a server may close before it has read the rest.
  answer.catch(() => undefined);
  sent.on('error', () => undefined);
  return {
    sent,
    answer,
    send: (piece) => new Promise((resolve) => void sent.write(piece, () => resolve())),
  };
}
