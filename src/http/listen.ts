import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { UsageError } from '../errors.ts';

/**
 * Binds a server and returns its port. Throws {@link UsageError} if the address is not available.
 *
 * @param variable the setting that chooses the port, for the error.
 */
export function listen(server: Server, host: string, port: number, variable: 'PORT' | 'HEALTH_PORT'): Promise<number> {
  return new Promise((resolve, reject) => {
    const fail = (cause: NodeJS.ErrnoException) => {
      const why =
        cause.code === 'EADDRINUSE' ? `another process listens there; choose another ${variable}` : cause.message;
      reject(new UsageError(`cannot listen on ${host}:${port}: ${why}`, { cause }));
    };
    server.once('error', fail);
    server.listen(port, host, () => {
      server.off('error', fail);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

export const urlOf = (host: string, port: number): string =>
  `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
