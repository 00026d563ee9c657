import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { placeMark } from '../machine/process-mark.ts';

const LOOPBACK = '127.0.0.1';
const SEARCH = 200;

/** One mark for each reserved port; every stack of this user on this machine looks here. */
const RESERVATIONS = join(tmpdir(), `thunderline-ports-${process.getuid?.() ?? 'user'}`);

/** A reserved port: no other stack chooses it, and until `release` no program can listen on it. */
export interface HeldPort {
  readonly port: number;
  /** Stops listening; called right before the server of a part is started. The reservation stays. */
  release(): Promise<void>;
  /** Listens again. False when another program has taken the port since `release`. */
  retake(): Promise<boolean>;
  /** Ends the reservation. */
  free(): Promise<void>;
}

function listen(port: number): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE' || error.code === 'EACCES') resolve(undefined);
      else reject(error);
    });
    server.listen({ host: LOOPBACK, port, exclusive: true }, () => {
      server.unref();
      resolve(server);
    });
  });
}

async function tryToHold(port: number): Promise<HeldPort | undefined> {
  const mark = placeMark(join(RESERVATIONS, String(port)));
  if ('owner' in mark) return undefined;
  let server = await listen(port);
  if (server === undefined) {
    mark.remove();
    return undefined;
  }
  const release = async (): Promise<void> => {
    const listening = server;
    server = undefined;
    if (listening) await new Promise<void>((resolve) => listening.close(() => resolve()));
  };
  return {
    port,
    release,
    async retake() {
      server ??= await listen(port);
      return server !== undefined;
    },
    async free() {
      await release();
      mark.remove();
    },
  };
}

/**
 * Holds `wanted`, or the next free port after it. Seconds pass between `release` and the moment a server listens; the
 * reservation keeps other stacks away meanwhile.
 */
export async function holdPort(wanted: number): Promise<HeldPort> {
  for (let port = wanted; port < wanted + SEARCH && port < 65_536; port++) {
    const held = await tryToHold(port);
    if (held) return held;
  }
  throw new Error(
    `None of the ports ${wanted} to ${wanted + SEARCH} is free on ${LOOPBACK}; end the programs that listen there.`,
  );
}

/** The port `wanted`, or the next free one, for a server of this process that listens right after this call. */
export async function freePort(wanted: number): Promise<number> {
  const held = await holdPort(wanted);
  await held.free();
  return held.port;
}
