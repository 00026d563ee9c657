import type { TlsServer } from './certificate-expiry.ts';

/** The addresses of the dependencies by their name in `certificate_expiry_timestamp_seconds`. */
export type Addresses = Readonly<Record<'postgres' | 'registry' | 's3' | 'mlflow', string | undefined>>;

/** The servers among them that are reached over TLS. */
export function tlsServers(addresses: Addresses): readonly (readonly [string, TlsServer])[] {
  return Object.entries(addresses).flatMap(([what, address]): [string, TlsServer][] => {
    if (address === undefined) return [];
    const { protocol, hostname, port, searchParams } = new URL(address);
    const host = hostname.replace(/^\[|\]$/g, '');
    if (protocol === 'https:') return [[what, { host, port: Number(port || 443), startsAs: 'tls' }]];
    const isTls = /^postgres/.test(protocol) && (searchParams.get('sslmode') ?? 'disable') !== 'disable';
    return isTls ? [[what, { host, port: Number(port || 5432), startsAs: 'postgres' }]] : [];
  });
}
