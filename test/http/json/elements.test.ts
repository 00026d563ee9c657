import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { elementsOf, isArray } from '../../../src/http/json/elements.ts';
import { readCleanArray } from '../../../src/http/json/read-json.ts';

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
