import type { IncomingMessage } from 'node:http';
import { expect, test } from '@jest/globals';
import { isCrossOrigin } from '../../src/access/is-cross-origin.ts';

const request = (method: string, headers: Readonly<Record<string, string>>): IncomingMessage =>
  ({ method, headers: { host: 'thunder.example:4000', ...headers } }) as unknown as IncomingMessage;

test.each<[string, string, Readonly<Record<string, string>>, boolean]>([
  ['a program', 'POST', {}, false],
  ['a page of this server', 'POST', { 'sec-fetch-site': 'same-origin', origin: 'https://thunder.example:4000' }, false],
  ['an address that was typed', 'GET', { 'sec-fetch-site': 'none' }, false],
  ['a write that claims to be typed', 'POST', { 'sec-fetch-site': 'none' }, true],
  ['another site', 'GET', { 'sec-fetch-site': 'cross-site' }, true],
  ['another port or sub-domain of the same site', 'GET', { 'sec-fetch-site': 'same-site' }, true],
  ['a browser without Sec-Fetch-Site, same origin', 'POST', { origin: 'https://thunder.example:4000' }, false],
  [
    'a browser without Sec-Fetch-Site, behind a proxy with TLS',
    'POST',
    { origin: 'http://thunder.example:4000' },
    false,
  ],
  ['another origin', 'POST', { origin: 'https://evil.example' }, true],
  ['another port', 'POST', { origin: 'https://thunder.example:4001' }, true],
  ['a name that starts alike', 'POST', { origin: 'https://thunder.example:4000.evil.example' }, true],
  ['a sandboxed page', 'POST', { origin: 'null' }, true],
  ['an origin that is none', 'POST', { origin: 'thunder.example:4000' }, true],
  ['a default port', 'POST', { host: 'thunder.example:443', origin: 'https://thunder.example' }, false],
  ['a name in capitals', 'POST', { host: 'Thunder.Example', origin: 'https://thunder.example' }, false],
  ['no host', 'POST', { host: '', origin: 'https://thunder.example' }, true],
])('%s (%s)', (_, method, headers, cross) => {
  expect(isCrossOrigin(request(method, headers))).toBe(cross);
});

test('an allowed origin is admitted, whatever the browser says of the relation', () => {
  const headers = { 'sec-fetch-site': 'cross-site', origin: 'https://charts.example' };
  expect(isCrossOrigin(request('GET', headers), new Set(['https://charts.example']))).toBe(false);
  expect(isCrossOrigin(request('GET', headers), new Set(['*']))).toBe(false);
  expect(isCrossOrigin(request('GET', headers), new Set(['https://other.example']))).toBe(true);
});
