import { afterEach, expect, test } from '@jest/globals';
import { readStored, writeStored } from '../../../web/shell/storage.ts';

const original = Object.getOwnPropertyDescriptor(globalThis, 'localStorage');
const define = (descriptor: PropertyDescriptor): void => {
  Object.defineProperty(globalThis, 'localStorage', { configurable: true, ...descriptor });
};
const refuse = (): never => {
  throw new DOMException('denied', 'SecurityError');
};

afterEach(() => {
  if (original === undefined) Reflect.deleteProperty(globalThis, 'localStorage');
  else Object.defineProperty(globalThis, 'localStorage', original);
});

test('a text is stored under a key of the pages, and removed', () => {
  const held = new Map<string, string>();
  define({
    value: {
      getItem: (key: string) => held.get(key) ?? null,
      setItem: (key: string, text: string) => held.set(key, text),
      removeItem: (key: string) => held.delete(key),
    },
  });
  expect(readStored('theme')).toBeNull();
  writeStored('theme', 'dark');
  expect([...held]).toEqual([['thunderline.theme', 'dark']]);
  expect(readStored('theme')).toBe('dark');
  writeStored('theme', null);
  expect(readStored('theme')).toBeNull();
});

test.each([
  ['where reading the storage throws', { get: refuse }],
  ['where each call throws', { value: { getItem: refuse, setItem: refuse, removeItem: refuse } }],
  ['without a storage', { value: undefined }],
])('%s, nothing is stored and nothing throws', (_, descriptor) => {
  define(descriptor);
  writeStored('theme', 'dark');
  writeStored('theme', null);
  expect(readStored('theme')).toBeNull();
});
