import { ByteJoiner } from './byte-joiner.ts';
import { DECODERS } from './decoders.ts';
import { decompress } from './decompress.ts';
import { bodyTooLarge, decodedTooLarge } from './limits.ts';
import type { Post } from './post.ts';
import { onBodyFailure, WireBody } from './wire-body.ts';

/** A whole body. */
export interface Body {
  readonly bytes: Buffer;
  /** Frees its memory; no part of {@link bytes} may be used afterwards. */
  free(): void;
}

function bodyOf(joiner: ByteJoiner): Body | Promise<Body> {
  const body = (bytes: Buffer): Body => ({ bytes, free: () => joiner.free(bytes) });
  return joiner.isLong ? joiner.takeInTurns().then(body) : body(joiner.take());
}

/**
 * Reads a body whole, decompressed. Its bytes are taken from the lease as they arrive. Throws a `Problem` or ClientGone, after
 * paying for the bytes that were read.
 */
export async function readBody(post: Post): Promise<Body> {
  if (post.encoding !== 'identity') return readDecoded(post);
  if (post.announced === 0) return joinPlain(post);
  // Node parses the rest of the packet before this continues. A body whose length is known cannot fail meanwhile.
  await undefined;
  return takeArrived(post) ?? joinPlain(post);
}

const NOTHING_TO_FREE = (): void => undefined;

/**
 * The body if all of it has arrived with its head, as nearly every small one has. It is taken at once: listeners for its parts,
 * its end and its failures, and the events themselves, would cost as much as parsing it.
 */
function takeArrived(post: Post): Body | undefined {
  const { request, announced, limits, lease } = post;
  if (request.readableLength !== announced) return undefined;
  const bytes = request.read() as Buffer;
  post.arrivedAt = performance.now();
  if (bytes.length > limits.maxDecodedBytes) throw decodedTooLarge(limits.maxDecodedBytes);
  lease.take(bytes.length);
  return { bytes, free: NOTHING_TO_FREE };
}

/** Joins the parts of a body as they arrive, without a stream besides the request. */
function joinPlain(post: Post): Promise<Body> {
  const { request, announced, limits, lease, access } = post;
  const { maxBodyBytes, maxDecodedBytes } = limits;
  return new Promise((resolve, reject) => {
    const body = new ByteJoiner(announced);
    const fail = (error: Error) => {
      request.off('data', onData);
      access.spend(0, body.length);
      body.discard();
      reject(error);
    };
    const onData = (chunk: Buffer) => {
      const bytes = body.length + chunk.length;
      if (bytes > maxBodyBytes) return fail(bodyTooLarge(maxBodyBytes));
      if (bytes > maxDecodedBytes) return fail(decodedTooLarge(maxDecodedBytes));
      try {
        lease.take(chunk.length);
      } catch (error) {
        return fail(error as Error);
      }
      body.push(chunk);
    };
    request.on('data', onData);
    request.on('end', () => {
      post.arrivedAt = performance.now();
      resolve(bodyOf(body));
    });
    onBodyFailure(request, fail);
  });
}

async function readDecoded(post: Post): Promise<Body> {
  const body = new ByteJoiner();
  try {
    for await (const chunk of decodedChunks(post)) {
      post.lease.take(chunk.length);
      body.push(chunk);
    }
  } catch (error) {
    post.access.spend(0, body.length);
    body.discard();
    throw error;
  }
  return bodyOf(body);
}

/**
 * The chunks of a body, decompressed. Bounded on both sides of the decoder while they stream, so that a bomb is stopped at
 * the limit and not after it. Throws a `Problem` or ClientGone; when left early, the rest of the request is not read.
 */
export async function* decodedChunks(post: Post): AsyncGenerator<Buffer> {
  const { request, encoding, limits, lease } = post;
  const { maxBodyBytes, maxDecodedBytes } = limits;
  const windowBytes = encoding === 'identity' ? 0 : DECODERS[encoding].windowBytes;
  const wire = new WireBody(request, maxBodyBytes);
  request.once('end', () => {
    post.arrivedAt = performance.now();
  });
  let decoded = 0;
  let window = 0;
  try {
    for await (const chunk of encoding === 'identity' ? plainChunks(wire) : decompress(wire, encoding)) {
      decoded += chunk.length;
      if (decoded > maxDecodedBytes) throw decodedTooLarge(maxDecodedBytes);
      const grown = Math.min(windowBytes, decoded) - window;
      if (grown > 0) {
        lease.take(grown);
        window += grown;
      }
      yield chunk;
    }
  } finally {
    wire.close();
  }
}

async function* plainChunks(wire: WireBody): AsyncGenerator<Buffer> {
  for (let chunk = await wire.read(); chunk !== undefined; chunk = await wire.read()) yield chunk;
}
