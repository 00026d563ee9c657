import { createServer, type Server } from 'node:net';

const LOOPBACK = '127.0.0.1';
const SEARCH = 200;

/** A port that is ours: nobody else can take it between choosing it and the part listening on it. */
export interface HeldPort {
  readonly port: number;
  /** Frees it; called right before the part that is to listen there starts. */
  release(): Promise<void>;
}

function listen(port: number): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE' || error.code === 'EACCES') resolve(undefined);
      else reject(error);
    });
    server.listen({ host: LOOPBACK, port, exclusive: true }, () => resolve(server));
  });
}

/** Holds `wanted`, or the next free port after it. */
export async function holdPort(wanted: number): Promise<HeldPort> {
  for (let port = wanted; port < wanted + SEARCH && port < 65_536; port++) {
    const server = await listen(port);
    if (server) {
      server.unref();
      return { port, release: () => new Promise((resolve) => server.close(() => resolve())) };
    }
  }
  throw new Error(`No port between ${wanted} and ${wanted + SEARCH} is free on ${LOOPBACK}; end what listens there.`);
}

/** The port to listen on: `wanted`, or the next free one. For a listener of this process, which follows at once. */
export async function freePort(wanted: number): Promise<number> {
  const held = await holdPort(wanted);
  await held.release();
  return held.port;
}
