import type { IncomingMessage } from 'node:http';
import { REQUEST_FAILED } from '../exchanges.ts';
import { bodyTooLarge } from './limits.ts';

/** The client disconnected before its request was complete: the request gets no answer. */
export class ClientGone extends Error {
  override readonly name = 'ClientGone';
}

/** Calls `fail` when the rest of the body of `request` will not arrive, with the cause; at once if that is certain already. */
export function onBodyFailure(request: IncomingMessage, fail: (error: Error) => void): void {
  request.on(REQUEST_FAILED, fail);
  request.on('error', (cause) => fail(clientGone(cause)));
  request.on('close', () => {
    if (!request.complete) fail(clientGone());
  });
  if (request.destroyed) fail(clientGone());
}

const clientGone = (cause?: Error): ClientGone => new ClientGone('the request ended before its body did', { cause });

/** The bytes of a body as they arrive, read on demand: a reader that waits slows the client down. */
export class WireBody {
  readonly #request: IncomingMessage;
  readonly #maxBytes: number;
  readonly #wake = (): void => this.#resume();
  #resume: () => void = () => undefined;
  #failure: Error | undefined;
  #closed = false;
  #bytes = 0;

  constructor(request: IncomingMessage, maxBytes: number) {
    this.#request = request;
    this.#maxBytes = maxBytes;
    request.on('readable', this.#wake);
    request.on('end', this.#wake);
    onBodyFailure(request, (error) => {
      this.#failure ??= error;
      this.#resume();
    });
  }

  /** The next bytes; undefined at the end. Rejects with the `Problem` body_too_large, or with the cause of a failure. */
  async read(): Promise<Buffer | undefined> {
    for (;;) {
      if (this.#failure !== undefined) throw this.#failure;
      if (this.#closed) return undefined;
      const chunk = this.#request.read() as Buffer | null;
      if (chunk !== null) {
        this.#bytes += chunk.length;
        if (this.#bytes > this.#maxBytes) throw bodyTooLarge(this.#maxBytes);
        return chunk;
      }
      if (this.#request.readableEnded) return undefined;
      await new Promise<void>((resolve) => {
        this.#resume = resolve;
      });
    }
  }

  /** Stops reading; a pending read resolves with undefined. The rest of the body stays unread. */
  close(): void {
    this.#closed = true;
    this.#request.off('readable', this.#wake);
    this.#request.off('end', this.#wake);
    this.#resume();
  }
}
