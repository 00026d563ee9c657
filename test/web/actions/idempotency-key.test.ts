import { expect, test } from '@jest/globals';
import { ActionKeys } from '../../../web/actions/idempotency-key.ts';

test('a corrected content has another key, and one that is sent again has its key', () => {
  const keys = new ActionKeys();
  const first = keys.of({ trials: 10 });
  const corrected = keys.of({ trials: 20 });
  expect(corrected).not.toBe(first);
  expect(keys.of({ trials: 20 })).toBe(corrected);
  expect(keys.of({ trials: 10 })).toBe(first);
});

test('two dialogs have different keys for the same content, also for none', () => {
  expect(new ActionKeys().of(undefined)).toMatch(/^[0-9a-f]{32}$/);
  expect(new ActionKeys().of(undefined)).not.toBe(new ActionKeys().of(undefined));
});
