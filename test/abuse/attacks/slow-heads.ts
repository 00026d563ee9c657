import { type Attack, keepOpen, pause } from '../harness/attack.ts';

/** Sends the head of a request one header line at a time (slowloris). */
const attack: Attack = (target, signal) =>
  keepOpen(target, signal, 500, async (socket) => {
    socket.write('POST /api/events/ml HTTP/1.1\r\nhost: localhost\r\n');
    for (let line = 0; !socket.destroyed && !signal.aborted; line += 1) {
      await pause(signal, 500);
      socket.write(`x-${line}: ${'y'.repeat(50)}\r\n`);
    }
  });
export default attack;
