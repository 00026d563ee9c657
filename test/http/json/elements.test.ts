import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { elementsOf, groupsOf, isArray } from '../../../src/http/json/elements.ts';
import { readCleanArray, readCleanElements, readJson } from '../../../src/http/json/read-json.ts';
import { surveyJson } from '../../../src/http/json/survey.ts';

const bytes = (text: string): Buffer => Buffer.from(text);

/** The elements, parsed; a step that only allows a pause has none. */
const parsed = (text: Buffer): unknown[] =>
  [...elementsOf(text)].filter((element) => element !== undefined).map((element) => JSON.parse(element.toString()));

describe('elementsOf', () => {
  test('cuts an array into the elements that JSON.parse finds', () => {
    const list = fc.array(fc.jsonValue(), { maxLength: 6 });
    fc.assert(
      fc.property(list, fc.constantFrom(undefined, 2), (values, by) => {
        const text = bytes(JSON.stringify(values, null, by));
        expect(parsed(text)).toEqual(JSON.parse(text.toString()));
        // An array with long integers is read element by element.
        expect(readCleanArray(text) ?? parsed(text)).toEqual(parsed(text));
      }),
    );
  });

  test.each(['[', '[1', '[1,', '["]"', '[1}', '[1]]', '[1] 2', '[{"a":1]'])('throws a SyntaxError for %s', (text) => {
    expect(() => parsed(bytes(text))).toThrow(SyntaxError);
    expect(readCleanArray(bytes(text))).toBeUndefined();
  });

  const LENGTH = 1_000_000;
  test.each([
    ['white space before an element', `[${' '.repeat(LENGTH)}1]`],
    ['white space after the array', `[1]${' '.repeat(LENGTH)}`],
    ['an empty array of white space', `[${' '.repeat(LENGTH)}]`],
    ['brackets', `[${'['.repeat(LENGTH)}${']'.repeat(LENGTH)}]`],
    ['a string', `["${'x'.repeat(LENGTH)}"]`],
    ['a string of escapes', `["${'\\n'.repeat(LENGTH / 2)}"]`],
  ])('allows a pause at least every 128 KiB in %s', (_, text) => {
    const pauses = [...elementsOf(bytes(text))].filter((step) => step === undefined).length;
    expect(pauses).toBeGreaterThanOrEqual(Math.floor(text.length / 131_072));
  });
});

describe('groupsOf', () => {
  const LIMITS = { maxBytes: 1_000_000, maxEntries: 1_000_000, maxExactEntries: 1_000_000 };
  /** Values as text, some of them not JSON or refused by the strict rules. */
  const element = fc.oneof(
    fc.jsonValue().map((value) => JSON.stringify(value)),
    fc.constantFrom(' ', '{"a":1,"a":2}', '12345678901234567890', 'NaN', ' {} '),
  );
  const groupsIn = (text: string, maxBytes: number) =>
    [...groupsOf(bytes(text), maxBytes)].filter((group) => group !== undefined);

  test('groups the elements that elementsOf cuts, within the bound', () => {
    fc.assert(
      fc.property(fc.array(element), fc.integer({ min: 1, max: 200 }), (elements, maxBytes) => {
        const text = `[${elements}]`;
        const groups = groupsIn(text, maxBytes);
        expect(groups.flatMap((group) => group.elements)).toEqual([...elementsOf(bytes(text))]);
        for (const { elements: grouped, text: joined } of groups) {
          expect(joined.toString()).toBe(grouped.join());
          if (grouped.length > 1) expect(joined.length).toBeLessThanOrEqual(maxBytes);
        }
      }),
    );
  });

  test('bounds the number of elements of a group', () => {
    const groups = groupsIn(`[${Array(1_000).fill('{}')}]`, 1_000_000);
    expect(groups.map(({ elements }) => elements.length)).toEqual([256, 256, 256, 232]);
  });

  test('a group that readCleanElements accepts has the values that readJson reads one by one', () => {
    fc.assert(
      fc.property(fc.array(element, { minLength: 1 }), (elements) => {
        for (const group of groupsIn(`[${elements}]`, 100)) {
          if (group.elements.length === 1) continue;
          const alone = group.elements.map((one) => readJson(one, LIMITS));
          const values = readCleanElements(group.text);
          if (values !== undefined) expect(alone).toEqual(values.map((value) => ({ ok: true, value })));
          else expect(surveyJson(group.text).hasExtremeNumber || alone.some(({ ok }) => !ok)).toBe(true);
        }
      }),
    );
  });
});

describe('isArray', () => {
  test.each([
    ['[1]', true],
    [' \r\n\t[1]', true],
    ['{}', false],
    ['', false],
    ['   ', false],
  ])('of %j is %s', (text, expected) => {
    expect(isArray(bytes(text), 10)).toBe(expected);
  });

  test('throws a SyntaxError for white space beyond its bound', () => {
    expect(isArray(bytes(`${' '.repeat(10)}[]`), 10)).toBe(true);
    expect(() => isArray(bytes(`${' '.repeat(11)}[]`), 10)).toThrow(SyntaxError);
  });
});
