import { inspect } from 'node:util';
import { expect, test } from '@jest/globals';
import { Address, withoutCredentials } from '../src/address.ts';
import { Credentials } from '../src/credentials.ts';

const SECRET = 'postgres://user:s3cret@db.example:5432/name?sslpassword=s3cret';
const SHOWN = 'postgres://db.example:5432/name';

test.each<[string, (address: Address) => string]>([
  ['a template', (address) => `${address}`],
  ['JSON', (address) => JSON.parse(JSON.stringify({ address })).address],
  ['inspect, which console.log uses', (address) => inspect(address)],
  ['String', String],
])('an Address hides user info and query from %s', (_, print) => {
  expect(print(new Address(SECRET))).toBe(SHOWN);
});

test('an Address shows nothing of its URL to inspect when it is nested and hidden fields are asked for', () => {
  expect(inspect({ config: { url: new Address(SECRET) } }, { showHidden: true, depth: 9 })).not.toContain('s3cret');
});

test('an Address reveals the whole URL to the library that connects', () => {
  expect(new Address(SECRET).reveal()).toBe(SECRET);
});

test.each([
  ['http://host', undefined],
  ['http://user:pa%20ss@host', { username: 'user', password: 'pa ss' }],
  ['http://user@host', { username: 'user', password: '' }],
  ['http://us%zzer:a%@host', { username: 'us%zzer', password: 'a%' }],
])('an Address returns the credentials of %s', (text, expected) => {
  const credentials = new Address(text).credentials;
  expect(credentials && { username: credentials.username, password: credentials.password }).toEqual(expected);
});

test('credentials print their name only', () => {
  const credentials = new Credentials('user', 's3cret');
  for (const printed of [inspect(credentials, { showHidden: true }), JSON.stringify(credentials), `${credentials}`]) {
    expect(printed).not.toContain('s3cret');
  }
  expect(credentials.basic).toBe('Basic dXNlcjpzM2NyZXQ=');
});

test('an Address does not repeat a text that is no URL in its error', () => {
  expect(() => new Address('http//user:s3cret@host')).toThrow(/^is not an address$/);
});

test.each([
  ['connect http://user:s3cret@host/path failed', 'connect http://***@host/path failed'],
  ['two: a://u:p@h and b+c://p@h', 'two: a://***@h and b+c://***@h'],
  ['a password with @: http://u:p@ss@host', 'a password with @: http://***@host'],
  ['postgres://h/db?sslpassword=x&a=b', 'postgres://h/db?sslpassword=***&a=b'],
  ['https://s3/o?X-Amz-Signature=0af', 'https://s3/o?X-Amz-Signature=***'],
  ['https://host/@scope/name and me@example.org', 'https://host/@scope/name and me@example.org'],
])('withoutCredentials(%j)', (text, shown) => {
  expect(withoutCredentials(text)).toBe(shown);
});
