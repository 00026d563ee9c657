import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { canonicalJson, isUuid, normaliseId, uuidV5, uuidV7OfHex, uuidV7Time } from '../../src/events/ids.ts';
import { jsonObjectArbitrary } from '../arbitraries/values.ts';

/** Made by Python: uuid.uuid5(uuid.uuid5(uuid.NAMESPACE_URL, 'thunderline'), name). */
test.each([
  ['trial-7', '49548315-6ff1-597a-98ef-2d83cbf57241'],
  ['', 'aa96cc5c-2bda-5534-98ad-530eb9332ed1'],
  ['Ünïcødé 𝛼', '061986ae-06c5-5e48-978f-243e90e550a2'],
  ['日'.repeat(341), '97123410-1e24-5507-b903-90c725bd7759'],
  ['日'.repeat(342), 'b0e3caa1-fe94-5dcc-b3b0-80a927838d07'],
])('uuidV5 returns for %j the id that Python returns', (name, id) => {
  expect(uuidV5(name)).toBe(id);
});

describe('uuidV7', () => {
  const uuidV7 = (timeMs: number, digits: string): string => uuidV7OfHex(uuidV7Time(timeMs), digits);

  test('uuidV7 returns the example of RFC 9562, appendix A.6', () => {
    expect(uuidV7(0x017f22e279b0, '0cc318c4dc0c0c07398f')).toBe('017f22e2-79b0-7cc3-98c4-dc0c0c07398f');
  });

  test('uuidV7 sets version and variant for any digits, and its ids sort by time', () => {
    const time = fc.nat({ max: 2 ** 48 - 1 });
    const digits = fc.uint8Array({ minLength: 10, maxLength: 10 }).map((bytes) => Buffer.from(bytes).toString('hex'));
    fc.assert(
      fc.property(time, time, digits, digits, (a, b, digitsA, digitsB) => {
        const [idA, idB] = [uuidV7(a, digitsA), uuidV7(b, digitsB)];
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
])('isUuid(%j) is %s', (text, is) => {
  expect(isUuid(text)).toBe(is);
});

test('normaliseId leaves a normalised id unchanged', () => {
  fc.assert(fc.property(fc.string(), (id) => expect(normaliseId(normaliseId(id))).toBe(normaliseId(id))));
});

describe('canonicalJson', () => {
  test.each<[unknown, string]>([
    [{ b: 1, a: [{ d: null, c: undefined }] }, '{"a":[{"d":null}],"b":1}'],
    [[Number.NaN, Infinity, -Infinity, -0, 0], '["NaN","Infinity","-Infinity",-0,0]'],
    [[undefined, 'é"\n'], '[null,"é\\"\\n"]'],
    [JSON.parse('{"__proto__":1,"a":2}'), '{"__proto__":1,"a":2}'],
  ])('canonicalJson of %j is %s', (value, text) => {
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

  test('canonicalJson ignores the order of keys and parses to the same value', () => {
    fc.assert(
      fc.property(jsonObjectArbitrary, (value) => {
        expect(canonicalJson(reversed(value))).toBe(canonicalJson(value));
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });
});
