import { connect as connectPlain, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

/** A server that is reached over TLS; Postgres asks for it on a plain connection. */
export interface TlsServer {
  readonly host: string;
  readonly port: number;
  readonly startsAs: 'tls' | 'postgres';
}

const TIMEOUT_MS = 5_000;
/** SSLRequest of Postgres: its length, and the code 80877103. The answer is one byte, S or N. */
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);

/**
 * The time at which the certificate that a server presents expires, epoch milliseconds. The certificate is not
 * verified: one that has ended, or whose issuer is unknown here, is what the caller needs to see. Rejects if the server
 * does not present one in time.
 */
export async function certificateExpiry(server: TlsServer): Promise<number> {
  const plain = server.startsAs === 'postgres' ? await askPostgres(server) : undefined;
  return new Promise((resolve, reject) => {
    const { host, port } = server;
    const options = plain === undefined ? { host, port } : { socket: plain };
    const socket = connectTls({ ...options, servername: host, rejectUnauthorized: false }, () => {
      const { valid_to: end } = socket.getPeerCertificate();
      socket.destroy();
      const endMs = Date.parse(end);
      if (Number.isNaN(endMs)) reject(new Error(`${host}:${port} presents no certificate`));
      else resolve(endMs);
    });
    socket.setTimeout(TIMEOUT_MS, () => socket.destroy(new Error(`${host}:${port} does not answer`)));
    socket.once('error', (error) => {
      plain?.destroy();
      reject(error);
    });
  });
}

function askPostgres({ host, port }: TlsServer): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connectPlain({ host, port }, () => socket.write(SSL_REQUEST));
    socket.setTimeout(TIMEOUT_MS, () => socket.destroy(new Error(`${host}:${port} does not answer`)));
    // A proxy without a server to pass the connection to closes it, without an error.
    const onClose = () => reject(new Error(`Postgres at ${host}:${port} closed the connection without an answer`));
    socket.once('error', reject);
    socket.once('close', onClose);
    socket.once('data', (answer) => {
      socket.off('error', reject);
      socket.off('close', onClose);
      if (answer.toString('latin1', 0, 1) === 'S') return resolve(socket);
      socket.destroy();
      reject(new Error(`Postgres at ${host}:${port} does not serve TLS`));
    });
  });
}
