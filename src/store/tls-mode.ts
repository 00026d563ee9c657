import { accessSync, constants } from 'node:fs';
import type { Address } from '../address.ts';

const REMEDY =
  'add ?sslmode=verify-full&sslrootcert=FILE with the certificate authority of the server (without sslrootcert: those of Node)';

/**
 * The problem of the TLS parameters in a database address; undefined if there is none.
 *
 * A server elsewhere needs `verify-full`, the only mode that checks who answers; the meaning of `require` and `verify-ca`
 * changes with the versions of the driver. `disable` is accepted, because it claims nothing.
 *
 * @param isLocal whether only this machine can reach a host.
 */
export function tlsModeProblem(url: Address, isLocal: (host: string) => boolean): string | undefined {
  const { hostname, searchParams } = new URL(url.reveal());
  const host = searchParams.get('host') ?? hostname.replace(/^\[|\]$/g, '');
  const mode = searchParams.get('sslmode');
  const root = searchParams.get('sslrootcert');
  if (root !== null && mode !== 'verify-full')
    return `DATABASE_URL: sslrootcert has no effect without sslmode=verify-full`;
  if (mode === 'verify-full') return unreadable('sslrootcert', root);
  const isSocketFile = host === '' || host.startsWith('/');
  if (isSocketFile || isLocal(host) || mode === 'disable') return undefined;
  if (mode === null) {
    return `DATABASE_URL: the connection to ${host} would not be encrypted: ${REMEDY}, or sslmode=disable to accept that`;
  }
  return `DATABASE_URL: sslmode=${mode} does not prove that ${host} is the server: ${REMEDY}`;
}

function unreadable(name: string, path: string | null): string | undefined {
  if (path === null) return undefined;
  try {
    accessSync(path, constants.R_OK);
    return undefined;
  } catch (error) {
    return `DATABASE_URL: ${name}: ${(error as Error).message}`;
  }
}
