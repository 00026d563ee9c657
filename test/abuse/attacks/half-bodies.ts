import { type Attack, keepOpen, postHead } from '../harness/attack.ts';

const MEBIBYTE = 1_048_576;

/** Sends half of each body of 8 MiB, on more connections than the share of one client allows. */
const attack: Attack = (target, signal) =>
  keepOpen(target, signal, 16, (socket) => {
    socket.write(postHead(`content-length: ${8 * MEBIBYTE}`));
    socket.write(Buffer.alloc(4 * MEBIBYTE, ' '));
  });
export default attack;
