import type { IncomingMessage } from 'node:http';
import { expect, test } from '@jest/globals';
import { createSessionCookie, readCookie, writeCookie } from '../../src/access/session-cookie.ts';

interface Given {
  readonly host?: string;
  readonly proto?: string;
  readonly from?: string;
  readonly tls?: boolean;
}

const request = ({ host = 'thunder.example', proto, from = '10.0.0.1', tls }: Given): IncomingMessage =>
  ({
    socket: { remoteAddress: from, ...(tls && { encrypted: true }) },
    headers: { host, ...(proto && { 'x-forwarded-proto': proto }) },
  }) as unknown as IncomingMessage;

const HOST_COOKIE = { name: '__Host-thunderline', isSecure: true };

test.each<[string, Given, object | undefined]>([
  ['TLS to this process', { tls: true }, HOST_COOKIE],
  ['TLS to a trusted proxy', { proto: 'https' }, HOST_COOKIE],
  ['TLS to a trusted proxy, a loopback host', { host: 'localhost:4000', proto: 'https' }, HOST_COOKIE],
  ['a client that claims TLS by itself', { proto: 'https', from: '192.0.2.1' }, undefined],
  ['http to another machine', {}, undefined],
  ['http to a proxy', { proto: 'http' }, undefined],
  ['http to localhost', { host: 'localhost:4000' }, { name: 'thunderline-4000', isSecure: false }],
  ['http to 127.0.0.1', { host: '127.0.0.1' }, { name: 'thunderline-80', isSecure: false }],
  ['http to [::1]', { host: '[::1]:4001' }, { name: 'thunderline-4001', isSecure: false }],
  ['a name that starts like localhost', { host: 'localhost.evil.example' }, undefined],
])('the cookie over %s', (_, given, cookie) => {
  expect(createSessionCookie(['10.0.0.0/8'])(request(given))).toEqual(cookie);
});

test('no proxy is trusted unless it is configured', () => {
  expect(createSessionCookie([])(request({ proto: 'https' }))).toBeUndefined();
});

const withCookie = (cookie: string): IncomingMessage => ({ headers: { cookie } }) as unknown as IncomingMessage;

test('a cookie is found among others, and not when there are two of its name', () => {
  expect(readCookie(withCookie('a=1; s=x=y; b=2'), 's')).toBe('x=y');
  expect(readCookie(withCookie('xs=1; sx=2'), 's')).toBeUndefined();
  expect(readCookie(withCookie('s=mine; s=theirs'), 's')).toBeUndefined();
});

test('a cookie is closed to scripts and to other sites', () => {
  expect(writeCookie(HOST_COOKIE, 'token', 60)).toBe(
    '__Host-thunderline=token; Path=/; HttpOnly; SameSite=Strict; Max-Age=60; Secure',
  );
  expect(writeCookie({ name: 'thunderline-80', isSecure: false }, '', 0)).toBe(
    'thunderline-80=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0',
  );
});
