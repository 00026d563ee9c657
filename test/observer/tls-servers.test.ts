import { expect, test } from '@jest/globals';
import { type Addresses, tlsServers } from '../../src/observer/tls-servers.ts';

const NONE: Addresses = { postgres: undefined, registry: undefined, s3: undefined, mlflow: undefined };

test.each<[string, Partial<Addresses>, unknown]>([
  ['http', { registry: 'http://r:8081/api' }, []],
  ['https', { registry: 'https://r/api' }, [['registry', { host: 'r', port: 443, startsAs: 'tls' }]]],
  ['https with a port', { s3: 'https://[::1]:9000' }, [['s3', { host: '::1', port: 9_000, startsAs: 'tls' }]]],
  ['Postgres without TLS', { postgres: 'postgres://u:p@db/t' }, []],
  ['Postgres that refuses TLS', { postgres: 'postgres://db/t?sslmode=disable' }, []],
  [
    'Postgres with TLS',
    { postgres: 'postgres://u:p@db/t?sslmode=verify-full' },
    [['postgres', { host: 'db', port: 5_432, startsAs: 'postgres' }]],
  ],
])('%s', (_, addresses, expected) => {
  expect(tlsServers({ ...NONE, ...addresses })).toEqual(expected);
});
