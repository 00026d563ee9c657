import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { artifactNameFault } from '../../src/events/artifact-name.ts';

describe('a name is accepted', () => {
  test.each([
    'model.pth',
    'checkpoints/epoch-3.pth',
    'ä ü/日本 100%+&=#?.pth',
    '...',
    '.hidden',
    'a..b',
    'é'.repeat(100),
    '😀'.repeat(50),
    `${'a'.repeat(200)}/${'b'.repeat(54)}`,
  ])('%j', (name) => {
    expect(artifactNameFault(name)).toBeUndefined();
  });
});

describe('a name is refused', () => {
  test.each([
    ['', 'must not be empty'],
    ['..', 'a part that is "." or ".."'],
    ['a/../b', 'a part that is "." or ".."'],
    ['./a', 'a part that is "." or ".."'],
    ['/etc/passwd', 'slash'],
    ['a//b', 'slash'],
    ['a/', 'slash'],
    ['a\\b', 'backslash'],
    ['a\0b', 'control characters'],
    ['a\nb', 'control characters'],
    ['a\u0085b', 'control characters'],
    ['a\u2028b', 'line separators'],
    ['a\ud800b', 'surrogate'],
    ['x'.repeat(256), '255 bytes'],
    ['é'.repeat(128), '255 bytes'],
    ['x'.repeat(201), '200 bytes'],
    [`a/${'é'.repeat(101)}`, '200 bytes'],
  ])('%j', (name, fault) => {
    expect(artifactNameFault(name)).toContain(fault);
  });
});

test('a name that is accepted stays where it is put: as a path it is its own normal form', () => {
  const parts = fc.array(fc.constantFrom('a', '..', '.', '', 'b c', '\\', '...', '\n'), { maxLength: 5 });
  fc.assert(
    fc.property(parts, (list) => {
      const name = list.join('/');
      if (artifactNameFault(name) !== undefined) return;
      expect(
        decodeURIComponent(new URL(name.split('/').map(encodeURIComponent).join('/'), 'http://host/x/y/').pathname),
      ).toBe(`/x/y/${name}`);
    }),
  );
});
