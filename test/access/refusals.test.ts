import { expect, test } from '@jest/globals';
import { Refusals } from '../../src/access/refusals.ts';

const MINUTE = 60_000;
const who = { address: '192.0.2.1' };

test('the first refusal of a client is an entry at once, the others one entry a minute', () => {
  const refusals = new Refusals();
  expect(refusals.add('unauthorized', who, 0)).toEqual({
    action: 'refused',
    address: '192.0.2.1',
    details: { code: 'unauthorized', count: 1 },
  });
  for (let count = 0; count < 500; count += 1) expect(refusals.add('unauthorized', who, 1)).toBeUndefined();
  expect(refusals.due(MINUTE - 1)).toEqual([]);
  expect(refusals.due(MINUTE)).toMatchObject([{ details: { code: 'unauthorized', count: 500 } }]);
  expect(refusals.due(2 * MINUTE)).toEqual([]);
  expect(refusals.add('unauthorized', who, 2 * MINUTE)).toBeDefined();
});

test('clients and codes have entries of their own', () => {
  const refusals = new Refusals();
  expect(refusals.add('unauthorized', who, 0)).toBeDefined();
  expect(refusals.add('forbidden', who, 0)).toBeDefined();
  expect(refusals.add('unauthorized', { address: '192.0.2.2' }, 0)).toBeDefined();
  expect(refusals.add('unauthorized', { keyId: 'a', keyName: 'trainer', address: '192.0.2.1' }, 0)).toMatchObject({
    keyId: 'a',
    keyName: 'trainer',
  });
});

test('a flood from many addresses makes a bounded number of entries', () => {
  const refusals = new Refusals();
  let entries = 0;
  for (let index = 0; index < 100_000; index += 1) {
    const address = `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`;
    if (refusals.add('unauthorized', { address }, 0) !== undefined) entries += 1;
  }
  expect(entries).toBe(1_001);
  const due = refusals.due(MINUTE);
  expect(due).toEqual([{ action: 'refused', details: { code: 'unauthorized', count: 98_999 } }]);
});

test('refusals that had no entry yet get one at the stop', () => {
  const refusals = new Refusals();
  refusals.add('forbidden', who, 0);
  refusals.add('forbidden', who, 1);
  expect(refusals.rest()).toMatchObject([{ details: { code: 'forbidden', count: 1 } }]);
});
