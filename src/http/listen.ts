import type { Server } from 'node:http';
import { type AddressInfo, BlockList, isIP } from 'node:net';
import { UsageError } from '../errors.ts';

/** Binds a server and returns its port. Throws {@link UsageError} when the address cannot be had. */
export function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const fail = (cause: NodeJS.ErrnoException) => {
      const why = cause.code === 'EADDRINUSE' ? 'another process listens there; choose another PORT' : cause.message;
      reject(new UsageError(`cannot listen on ${host}:${port}: ${why}`, { cause }));
    };
    server.once('error', fail);
    server.listen(port, host, () => {
      server.off('error', fail);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

/** Throws {@link UsageError} unless `host` is this machine alone. */
export function requireLoopback(host: string): void {
  const loopback = new BlockList();
  loopback.addSubnet('127.0.0.0', 8, 'ipv4');
  loopback.addAddress('::1', 'ipv6');
  const family = isIP(host);
  if (host === 'localhost' || (family !== 0 && loopback.check(host, family === 6 ? 'ipv6' : 'ipv4'))) return;
  throw new UsageError(
    `HOST is ${host}, but there is no API key, so everyone could post. Create one with "thunderline keys create", ` +
      'or listen on 127.0.0.1.',
  );
}

export const urlOf = (host: string, port: number): string =>
  `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
