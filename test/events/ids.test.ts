import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { canonicalJson, isUuid, normaliseId, uuidV5, uuidV7 } from '../../src/events/ids.ts';
import { jsonObjectArbitrary } from '../arbitraries/values.ts';

/** Made by Python: uuid.uuid5(uuid.uuid5(uuid.NAMESPACE_URL, 'thunderline'), name). */
test.each([
  ['trial-7', '49548315-6ff1-597a-98ef-2d83cbf57241'],
  ['', 'aa96cc5c-2bda-5534-98ad-530eb9332ed1'],
  ['Ünïcødé 𝛼', '061986ae-06c5-5e48-978f-243e90e550a2'],
])('UUIDv5 of %j is the one Python makes', (name, id) => {
  expect(uuidV5(name)).toBe(id);
});

describe('UUIDv7', () => {
  const random = Uint8Array.from([0xab, 0xcd, 0xff, 1, 2, 3, 4, 5, 6, 7]);

  test('is laid out as the example of RFC 9562, appendix A.6', () => {
    const bits = Uint8Array.from([0x0c, 0xc3, 0x18, 0xc4, 0xdc, 0x0c, 0x0c, 0x07, 0x39, 0x8f]);
    expect(uuidV7(0x017f22e279b0, bits)).toBe('017f22e2-79b0-7cc3-98c4-dc0c0c07398f');
  });

  test('takes ten bytes from where the view starts', () => {
    const shifted = new Uint8Array([9, ...random, 9]).subarray(1, 11);
    expect(uuidV7(1, shifted)).toBe(uuidV7(1, random));
  });

  test('carries its version and variant whatever the bits, and sorts by time', () => {
    const time = fc.nat({ max: 2 ** 48 - 1 });
    const bits = fc.uint8Array({ minLength: 10, maxLength: 10 });
    fc.assert(
      fc.property(time, time, bits, bits, (a, b, bitsA, bitsB) => {
        const [idA, idB] = [uuidV7(a, bitsA), uuidV7(b, bitsB)];
        expect(idA).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
        if (a !== b) expect(idA < idB).toBe(a < b);
      }),
    );
  });
});

test.each([
  ['6ba7b811-9dad-11d1-80b4-00c04fd430c8', true],
  ['6BA7B811-9DAD-11D1-80B4-00C04FD430C8', true],
  ['6ba7b8119dad11d180b400c04fd430c8', false],
  ['{6ba7b811-9dad-11d1-80b4-00c04fd430c8}', false],
  ['6ba7b811-9dad-11d1-80b4-00c04fd430c8\n', false],
])('%j is a UUID: %s', (text, is) => {
  expect(isUuid(text)).toBe(is);
});

test('an id that was normalised stays as it is', () => {
  fc.assert(fc.property(fc.string(), (id) => expect(normaliseId(normaliseId(id))).toBe(normaliseId(id))));
});

describe('canonical JSON', () => {
  test.each<[unknown, string]>([
    [{ b: 1, a: [{ d: null, c: undefined }] }, '{"a":[{"d":null}],"b":1}'],
    [[Number.NaN, Infinity, -Infinity, -0, 0], '["NaN","Infinity","-Infinity",-0,0]'],
    [[undefined, 'é"\n'], '[null,"é\\"\\n"]'],
    [JSON.parse('{"__proto__":1,"a":2}'), '{"__proto__":1,"a":2}'],
  ])('of %j', (value, text) => {
    expect(canonicalJson(value)).toBe(text);
  });

  const reversed = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(reversed);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value)
        .toReversed()
        .map(([key, item]) => [key, reversed(item)]),
    );
  };

  test('does not depend on the order of keys and reads back as the value', () => {
    fc.assert(
      fc.property(jsonObjectArbitrary, (value) => {
        expect(canonicalJson(reversed(value))).toBe(canonicalJson(value));
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });
});
