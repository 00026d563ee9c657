import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Access } from '../access/access.ts';
import { REQUEST_FAILED } from '../http/exchanges.ts';
import { WireBody } from '../http/ingest/wire-body.ts';
import { CLOSE, Problem } from '../http/problem.ts';

export interface UploadBodyLimits {
  readonly maxBytes: number;
  /** How long the reader may wait for {@link PROGRESS_BYTES} of the client, in milliseconds. */
  readonly stallMs: number;
}

/** The progress that a client must make within the time, so that a trickle of bytes cannot hold memory for hours. */
const PROGRESS_BYTES = 65_536;
/** The allowance of the key is checked again after this time at the latest, because it may have changed. */
const MAX_PAUSE_MS = 1_000;

/**
 * The body of an upload, read on demand: a reader that waits slows the client down, and so does a key that has used up half
 * of its allowance of bytes. Only the time in which the reader waits for the client counts against the client.
 */
export class UploadBody {
  readonly #request: IncomingMessage;
  readonly #wire: WireBody;
  readonly #stallMs: number;
  readonly #access: Access;
  readonly #signal: AbortSignal;
  readonly #hash = createHash('sha256');
  readonly #onAbort = () => this.#fail(this.#signal.reason);
  #bytes = 0;
  #waitedMs = 0;
  #progressBytes = 0;

  /** @param signal ends the upload with its reason, a `Problem`. */
  constructor(request: IncomingMessage, limits: UploadBodyLimits, access: Access, signal: AbortSignal) {
    this.#request = request;
    this.#wire = new WireBody(request, limits.maxBytes);
    this.#stallMs = limits.stallMs;
    this.#access = access;
    this.#signal = signal;
    signal.addEventListener('abort', this.#onAbort);
  }

  /** The bytes read so far. */
  get sizeBytes(): number {
    return this.#bytes;
  }

  /**
   * The next bytes; undefined at the end. Rejects with a `Problem`: body_too_large, request_timeout, shutting_down, or the
   * reason of the signal; with ClientGone when the client has left.
   */
  async read(): Promise<Buffer | undefined> {
    for (let pauseMs = this.#access.pauseMs(); pauseMs > 0; pauseMs = this.#access.pauseMs()) {
      await sleep(Math.min(pauseMs, MAX_PAUSE_MS));
      this.#signal.throwIfAborted();
    }
    const chunk = await this.#readInTime();
    if (chunk === undefined) return undefined;
    this.#hash.update(chunk);
    this.#bytes += chunk.length;
    this.#access.spend(0, chunk.length);
    return chunk;
  }

  /** The SHA-256 of the whole body in hexadecimal digits, after its end. */
  sha256(): string {
    return this.#hash.digest('hex');
  }

  /** Stops reading; the rest of the body stays unread. */
  close(): void {
    this.#signal.removeEventListener('abort', this.#onAbort);
    this.#wire.close();
  }

  async #readInTime(): Promise<Buffer | undefined> {
    const since = performance.now();
    const timer = setTimeout(() => this.#fail(tooSlow(this.#stallMs)), this.#stallMs - this.#waitedMs);
    const chunk = await this.#wire.read().finally(() => clearTimeout(timer));
    this.#waitedMs += performance.now() - since;
    this.#progressBytes += chunk?.length ?? 0;
    if (this.#progressBytes >= PROGRESS_BYTES) {
      this.#progressBytes = 0;
      this.#waitedMs = 0;
    }
    return chunk;
  }

  #fail(problem: unknown): void {
    this.#request.emit(REQUEST_FAILED, problem);
  }
}

const tooSlow = (ms: number): Problem =>
  new Problem('request_timeout', `less than ${PROGRESS_BYTES} bytes of the body arrived within ${ms} ms`, CLOSE);
