import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { expect, test } from '@jest/globals';
import { KEY_RANDOM_BYTES, mintKey } from '../../src/access/api-key.ts';
import { createAuthenticate } from '../../src/access/authenticate.ts';
import { FailedAttempts } from '../../src/access/failed-attempts.ts';
import { KeyRing, type KeySource, RING_POLICY } from '../../src/access/key-ring.ts';
import { createProveKey } from '../../src/access/prove-key.ts';
import { Quotas } from '../../src/access/quotas.ts';
import { createLog } from '../../src/log.ts';

const keyOf = (fill: number): string => mintKey(Buffer.alloc(KEY_RANDOM_BYTES, fill));

const requestWith = (key: string): IncomingMessage =>
  Object.assign(new IncomingMessage(new Socket()), { headers: { authorization: `Bearer ${key}` } });

test('a look-up beyond the bound is refused as overloaded, and the refusal is counted', async () => {
  const answer = Promise.withResolvers<[]>();
  const store: KeySource = {
    find: () => answer.promise,
    findWithGood: async () => [],
    anyConfigured: async () => true,
  };
  const counted: string[] = [];
  const parts = {
    ring: new KeyRing(store, createLog('silent'), { ...RING_POLICY, maxKeys: 1 }),
    addressOf: () => '192.0.2.1',
    audit: { record: () => undefined, refused: (code: string) => void counted.push(`audit ${code}`) },
    onRefused: (code: string) => counted.push(code),
    now: Date.now,
  };
  const failures = new FailedAttempts({ perSecond: 1, capacity: 10 }, 10);
  const authenticate = createAuthenticate({
    ...parts,
    isOpen: () => false,
    proveKey: createProveKey({ ...parts, failures }),
    quotas: new Quotas({}, Date.now, 0, false),
    uses: { track: () => ({ note: () => undefined }) },
  });
  const waiting = authenticate(requestWith(keyOf(1)), 'ingest');
  const beyond = async () => authenticate(requestWith(keyOf(2)), 'ingest');
  await expect(beyond()).rejects.toMatchObject({ name: 'TooManyLookups', code: 'overloaded' });
  expect(counted).toEqual(['overloaded', 'audit overloaded']);
  answer.resolve([]);
  await expect(waiting).rejects.toMatchObject({ code: 'unauthorized' });
});
