import type { IncomingMessage } from 'node:http';
import type { Transform } from 'node:stream';
import { REQUEST_FAILED } from '../exchanges.ts';
import { Problem } from '../problem.ts';
import type { Lease } from './budget.ts';
import { ByteJoiner } from './byte-joiner.ts';
import { ENCODINGS, type EncodingName } from './media.ts';

/** The client went away before its request was whole: nobody is left to answer. */
export class ClientGone extends Error {
  override readonly name = 'ClientGone';
}

export interface BodyLimits {
  /** On the wire. */
  readonly maxBodyBytes: number;
  /** After decompression. */
  readonly maxDecodedBytes: number;
}

const tooLarge = (maxBytes: number): Problem =>
  new Problem('body_too_large', `the body has more than ${maxBytes} bytes`);

const tooLargeDecoded = (maxBytes: number): Problem =>
  new Problem('decoded_too_large', `the body has more than ${maxBytes} bytes once it is decompressed`);

/** Refuses by its head a body that is too large, so that not a byte of it is read. Returns its announced length, if any. */
export function announcedBytes({ headers }: IncomingMessage, { maxBodyBytes }: BodyLimits): number | undefined {
  const header = headers['content-length'];
  if (header === undefined) return undefined;
  const bytes = Number(header);
  if (bytes > maxBodyBytes) throw tooLarge(maxBodyBytes);
  return bytes;
}

/** Calls back with how the body of `request` fails, whichever way that is. */
function onFailure(request: IncomingMessage, fail: (error: Error) => void): void {
  request.on(REQUEST_FAILED, fail);
  request.on('error', (cause) => fail(new ClientGone('the request ended before its body did', { cause })));
  request.on('close', () => {
    if (!request.complete) fail(new ClientGone('the request ended before its body did'));
  });
}

/**
 * Reads a plain body whole: the way of nearly every request, so it is kept short. Takes what it reads from `lease`, unless
 * the length was announced and is taken already. Throws a `Problem` or {@link ClientGone}.
 */
export function readPlain(request: IncomingMessage, limits: BodyLimits, lease: Lease): Promise<Buffer> {
  const announced = announcedBytes(request, limits);
  if (announced !== undefined) lease.take(announced);
  return new Promise((resolve, reject) => {
    const body = new ByteJoiner();
    const give = (error: Error) => {
      request.off('data', onData);
      reject(error);
    };
    const onData = (chunk: Buffer) => {
      const bytes = body.length + chunk.length;
      if (bytes > limits.maxBodyBytes) return give(tooLarge(limits.maxBodyBytes));
      if (bytes > limits.maxDecodedBytes) return give(tooLargeDecoded(limits.maxDecodedBytes));
      try {
        if (announced === undefined) lease.take(chunk.length);
        body.push(chunk, announced);
      } catch (error) {
        give(error as Error);
      }
    };
    request.on('data', onData);
    request.on('end', () => resolve(body.take()));
    onFailure(request, give);
  });
}

/**
 * The chunks of a body, decompressed. Bounded on both sides of the decoder while it streams, so that a bomb is stopped at
 * the limit and not after it. Throws a `Problem` or {@link ClientGone}; when left early, the rest of the request is not read.
 */
export async function* decodedChunks(
  request: IncomingMessage,
  encoding: EncodingName,
  limits: BodyLimits,
  lease: Lease,
): AsyncGenerator<Buffer> {
  const { create, windowBytes } = ENCODINGS[encoding];
  announcedBytes(request, limits);
  const decoder: Transform = create();
  let wire = 0;
  const onData = (chunk: Buffer) => {
    wire += chunk.length;
    if (wire > limits.maxBodyBytes) decoder.destroy(tooLarge(limits.maxBodyBytes));
  };
  request.on('data', onData);
  onFailure(request, (error) => decoder.destroy(error));
  request.pipe(decoder);
  let decoded = 0;
  let window = 0;
  try {
    for await (const chunk of decoder as AsyncIterable<Buffer>) {
      decoded += chunk.length;
      if (decoded > limits.maxDecodedBytes) throw tooLargeDecoded(limits.maxDecodedBytes);
      const grown = Math.min(windowBytes, decoded) - window;
      if (grown > 0) {
        lease.take(grown);
        window += grown;
      }
      yield chunk;
    }
  } catch (error) {
    if (error instanceof Problem || error instanceof ClientGone) throw error;
    throw new Problem('invalid_encoding', `the body does not decompress as ${encoding}`, { cause: error });
  } finally {
    request.off('data', onData);
    request.unpipe(decoder);
    decoder.destroy();
  }
}

/** Reads a compressed body whole. */
export async function readDecoded(
  request: IncomingMessage,
  encoding: EncodingName,
  limits: BodyLimits,
  lease: Lease,
): Promise<Buffer> {
  const body = new ByteJoiner();
  for await (const chunk of decodedChunks(request, encoding, limits, lease)) {
    lease.take(chunk.length);
    body.push(chunk);
  }
  return body.take();
}
