import { expect, test } from '@jest/globals';
import type { ObjectPresence } from '../../src/artifacts/artifact-store.ts';
import { boundedLooks } from '../../src/artifacts/bounded-looks.ts';
import { inTurns } from '../../src/artifacts/in-turns.ts';

const OBJECT = { bucket: 'b', key: 'k' };

test('a store that responds slowly ends all looks at one time, and is not asked after it', async () => {
  let asked = 0;
  const pending = Promise.withResolvers<ObjectPresence>();
  const slow = {
    state() {
      asked += 1;
      return pending.promise;
    },
  };
  const { state } = boundedLooks(slow, 100);
  const looks = await inTurns(Array.from({ length: 80 }), 8, () => state(OBJECT).catch((error: Error) => error.name));
  expect(new Set(looks)).toEqual(new Set(['StoreUnavailable']));
  expect(asked).toBe(8);
});

test('a store that responds in time is believed', async () => {
  const { state } = boundedLooks({ state: async () => ({ kind: 'absent' }) }, 60_000);
  expect(await state(OBJECT)).toEqual({ kind: 'absent' });
});
