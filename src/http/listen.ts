import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { UsageError } from '../errors.ts';
import type { HttpConfig } from './options.ts';

/**
 * Binds a server and returns its port. Throws {@link UsageError} if the address is not available.
 *
 * @param variable the setting that chooses the port, for the error.
 */
export function listen(
  server: Server,
  host: string,
  port: number,
  variable: 'PORT' | 'HEALTH_PORT' | 'METRICS_PORT',
): Promise<number> {
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

/** @param scheme `https` for a server with TLS. */
export const urlOf = (host: string, port: number, scheme: 'http' | 'https' = 'http'): string =>
  `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}`;

/** The scheme of the addresses that the settings make. */
export const schemeOf = ({ tlsCertificateFile }: Pick<HttpConfig, 'tlsCertificateFile'>): 'http' | 'https' =>
  tlsCertificateFile === undefined ? 'http' : 'https';
