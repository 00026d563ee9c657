import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { expect, test } from '@jest/globals';
import { createOpenAccess } from '../../src/access/open-access.ts';

const requestFrom = (address: string): IncomingMessage =>
  Object.assign(new IncomingMessage(new Socket()), { headers: { 'x-from': address } });
const addressOf = ({ headers }: IncomingMessage): string => String(headers['x-from']);

test('open access counts each address as a client of its own, and an IPv6 subscriber as one', async () => {
  const admit = createOpenAccess(addressOf);
  const clientOf = async (address: string) => (await admit(requestFrom(address), 'ingest')).client;
  expect(await clientOf('127.0.0.1')).toBe('address:127.0.0.1');
  expect(await clientOf('::ffff:127.0.0.1')).toBe('address:127.0.0.1');
  expect(await clientOf('2001:db8::1')).toBe(await clientOf('2001:db8::2'));
  expect(await clientOf('127.0.0.2')).not.toBe(await clientOf('127.0.0.1'));
});

test('open access reaches every run', async () => {
  const access = await createOpenAccess(addressOf)(requestFrom('127.0.0.1'), 'ingest');
  expect(access.runPrefix).toBe('');
});
