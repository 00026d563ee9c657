import { afterEach, expect, test } from '@jest/globals';
import { ownAddress } from '../../src/cli/own-address.ts';

const before = { ...process.env };
afterEach(() => {
  process.env = { ...before };
});

test.each([
  [{ PORT: '4001' }, 'http://127.0.0.1:4001'],
  [{ PORT: '4443', TLS_CERT_FILE: '/tls/server.crt', TLS_KEY_FILE: '/tls/server.key' }, 'https://127.0.0.1:4443'],
])('with %j, a command asks %s', (environment, address) => {
  Object.assign(process.env, environment);
  expect(ownAddress()).toBe(address);
});
