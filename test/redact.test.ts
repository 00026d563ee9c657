import { expect, test } from '@jest/globals';
import { createRedaction, withoutSecretForms } from '../src/redact.ts';

const KEY = 'tlk_abcdefghijklmnop_abcdefghijklmnopqrstuvwxyz234567abcdefg';

test.each([
  ['an API key keeps its id', `the key ${KEY} is`, 'the key tlk_abcdefghijklmnop_*** is'],
  ['a mistyped key is one too', `?x=${KEY.slice(0, -3)}`, '?x=tlk_abcdefghijklmnop_***'],
  ['bearer tokens', 'authorization: Bearer eyJhbGciOi.eyJzdWI.c2ln-x', 'authorization: Bearer ***'],
  ['basic authentication', '"Basic dXNlcjpzM2NyZXQ="', '"Basic ***"'],
  ['basic authentication, encoded', 'h=Basic%20dXNlcjpzM2NyZXQ', 'h=Basic%20***'],
  [
    'the cookie of a session',
    'cookie: thunderline-4000=mXc0_wZ3Zk9mXc0_wZ3Zk9mX; a=b',
    'cookie: thunderline-4000=***; a=b',
  ],
  ['credentials of an address', 'http://a:b@c/?token=d', 'http://***@c/?token=***'],
])('%s', (_, text, expected) => {
  expect(withoutSecretForms(text)).toBe(expected);
});

test.each([
  'Basic authentication is required',
  'send "Authorization: Bearer tlk_..."',
  'Bearer realm="thunderline", error="invalid_token"',
])('%s stays', (text) => {
  expect(withoutSecretForms(text)).toBe(text);
});

test('of two secrets of which one begins with the other nothing is left', () => {
  const { add, redact } = createRedaction();
  add('passw0rd');
  add('passw0rd-of-more');
  expect(redact('passw0rd-of-more passw0rd')).toBe('*** ***');
});

test('a secret of few characters hides no part of other words', () => {
  const { add, redact } = createRedaction();
  add('post');
  expect(redact('postgres')).toBe('postgres');
});
