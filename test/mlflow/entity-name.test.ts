import { posix } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { entityName } from '../../src/mlflow/entity-name.ts';

test.each(['loss', 'val_acc', 'a/b.c-d:e f', 'été', '学習率', 'x'.repeat(250), '.hidden', 'a/.b', ' ', '1', 'π'])(
  'keeps %j, which MLflow accepts',
  (name) => {
    expect(entityName(name)).toBe(name);
  },
);

test.each([
  ['a(b)', /^a_b__[0-9a-f]{8}$/],
  ['50%', /^50__[0-9a-f]{8}$/],
  ['tab\tend', /^tab_end_[0-9a-f]{8}$/],
  ['nul\0end', /^nul_end_[0-9a-f]{8}$/],
  ['smile 😀', /^smile __[0-9a-f]{8}$/],
  ['half \ud83d', /^half __[0-9a-f]{8}$/],
  ['/a//b/', /^a\/b_[0-9a-f]{8}$/],
  ['./a', /^a_[0-9a-f]{8}$/],
  ['a/../b', /^a\/__\/b_[0-9a-f]{8}$/],
  ['..a', /^__a_[0-9a-f]{8}$/],
  ['...', /^____[0-9a-f]{8}$/],
  ['.', /^[0-9a-f]{8}$/],
  ['', /^[0-9a-f]{8}$/],
  ['x'.repeat(251), /^x{220}_[0-9a-f]{8}$/],
  ['line\n', /^line__[0-9a-f]{8}$/],
])('renames %j, which MLflow refuses', (name, expected) => {
  expect(entityName(name)).toMatch(expected);
});

const nameArbitrary = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.string({ unit: fc.constantFrom('a', '/', '.', '..', '//', '(', ' ', '\ud800', '😀'), maxLength: 30 }),
);

describe('for any name', () => {
  test('the key is one that MLflow accepts, as it states its rule', () => {
    fc.assert(
      fc.property(nameArbitrary, (name) => {
        const key = entityName(name);
        expect(key).toMatch(/^[\p{L}\p{N}_\-./: ]+$/u);
        expect([...key].length).toBeLessThanOrEqual(250);
        const normal = posix.normalize(key);
        expect(normal).toBe(key);
        expect(normal === '.' || normal.startsWith('..') || normal.startsWith('/') || normal.endsWith('/')).toBe(false);
      }),
    );
  });

  test('a key is its own key, and a renamed one fits behind a prefix', () => {
    fc.assert(
      fc.property(nameArbitrary, (name) => {
        const key = entityName(name);
        expect(entityName(key)).toBe(key);
        if (key !== name) expect(`thunderline.name.${key}`.length).toBeLessThanOrEqual(250);
      }),
    );
  });

  test('two names have two keys', () => {
    fc.assert(
      fc.property(nameArbitrary, nameArbitrary, (first, second) => {
        fc.pre(first.toWellFormed() !== second.toWellFormed());
        expect(entityName(first)).not.toBe(entityName(second));
      }),
    );
  });
});
