import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { countMembers } from '../../../src/events/count-members.ts';
import { findDuplicateKey } from '../../../src/events/find-duplicate-key.ts';
import { readJson, withoutMark } from '../../../src/http/json/read-json.ts';
import { surveyJson } from '../../../src/http/json/survey.ts';

const MAX = { maxBytes: 1_000_000, maxEntries: 1_000, maxExactEntries: 100 };
const bytes = (text: string): Buffer => Buffer.from(text);
/** Text of a value with white space where JSON allows it. */
const spaced = fc
  .tuple(fc.jsonValue(), fc.constantFrom(undefined, 1, '\t'))
  .map(([value, by]) => JSON.stringify(value, null, by));

const depthOf = (value: unknown): number =>
  typeof value !== 'object' || value === null ? 0 : 1 + Math.max(0, ...Object.values(value).map(depthOf));

describe('readJson', () => {
  test('reads what JSON.parse reads', () => {
    fc.assert(
      fc.property(spaced, (text) => {
        expect(readJson(bytes(text), MAX)).toEqual({ ok: true, value: JSON.parse(text) });
      }),
    );
  });

  test('refuses what JSON.parse refuses', () => {
    fc.assert(
      fc.property(spaced, fc.nat(), fc.string({ minLength: 1, maxLength: 2 }), (text, at, noise) => {
        const place = at % (text.length + 1);
        const bent = text.slice(0, place) + noise + text.slice(place);
        const read = readJson(bytes(bent), MAX);
        let valid = true;
        try {
          JSON.parse(bent);
        } catch {
          valid = false;
        }
        // Valid JSON may still be refused, because the edit can repeat a key.
        expect(read.ok && !valid).toBe(false);
        expect(!read.ok && read.fault.code === 'malformed_json').toBe(!valid);
      }),
    );
  });

  test.each([
    ['values', `[${'1,'.repeat(999)}1]`, true],
    ['more values', `[${'1,'.repeat(1_000)}1]`, false],
    ['empty objects', `[${'{},'.repeat(600)}{}]`, false],
    ['values with a long integer', `[${'1,'.repeat(99)}12345678901234567890]`, true],
    ['more values with a long integer', `[${'1,'.repeat(100)}12345678901234567890]`, false],
  ])('bounds the number of %s', (_, text, ok) => {
    const read = readJson(bytes(text), MAX);
    expect(read.ok ? 'ok' : read.fault.code).toBe(ok ? 'ok' : 'too_many');
  });

  test('rejects a byte order mark, which only a whole body may start with', () => {
    expect(readJson(bytes('\ufeff{"a":1}'), MAX)).toMatchObject({ ok: false, fault: { code: 'malformed_json' } });
    expect(readJson(withoutMark(bytes('\ufeff{"a":1}')), MAX)).toEqual({ ok: true, value: { a: 1 } });
  });

  test.each([
    ['[1,\ufeff{}]', 'a byte order mark (U+FEFF) may only be at the start of the body: Unexpected token'],
    ['[\u00a01]', 'the invisible character U+00A0 may only be in strings: Unexpected token'],
    ['{\u200b"a":1}', 'the invisible character U+200B may only be in strings: '],
    ['[1,\n\u202ex]', 'the invisible character U+202E may only be in strings: '],
    ['{"a":1}\u2028', 'the invisible character U+2028 may only be in strings: '],
    ['["\u0001"]', 'Bad control character in string literal'],
    ['[1,\n', 'Unexpected end of JSON input'],
    ['[x]', "Unexpected token 'x'"],
  ])('names the invisible character in the message about %j', (text, start) => {
    const read = readJson(bytes(text), MAX);
    const message = read.ok ? '' : read.fault.message;
    expect(message.slice(0, start.length)).toBe(start);
    expect(message).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u);
  });

  test.each([
    ['9007199254740993', '9007199254740993'],
    ['-340282366920938463463374607431768211456', '-340282366920938463463374607431768211456'],
    ['9007199254740992', '9007199254740992'],
    ['10000000000000000000000', '10000000000000000000000'],
    ['0.12345678901234567890', '0.12345678901234568'],
    ['1E22', '1e+22'],
  ])('the number %s is written again as %s', (text, again) => {
    const read = readJson(bytes(`{"a":[${text}]}`), MAX);
    expect(JSON.stringify(read.ok && read.value)).toBe(`{"a":[${again}]}`);
  });
});

describe('surveyJson', () => {
  test('counts members and depth as a walk over the value does', () => {
    fc.assert(
      fc.property(spaced, (text) => {
        const value = JSON.parse(text);
        expect(surveyJson(bytes(text))).toMatchObject({ members: countMembers(value), depth: depthOf(value) });
      }),
    );
  });

  test.each([
    ['[123456789012345]', false],
    ['[1234567890123456]', true],
    ['["1234567890123456"]', false],
    ['[0.1234567890123456789, 1]', false],
    ['{"a": -1234567890123456}', true],
    ['[12345678,12345678]', false],
    ['[1e-05, 2.5E+10, 1e99]', false],
    ['[1e-400]', true],
    ['[1E-100]', true],
    ['[0.25e-324]', true],
    [`[0.${'0'.repeat(198)}1]`, false],
    [`[0.${'0'.repeat(330)}1]`, true],
    [`[0.${'0'.repeat(183)}1e-200]`, true],
    ['{"e100":true,"a":[false,true],"b":"1e-400"}', false],
  ])('reports for %s whether JSON.parse may change a number: %s', (text, has) => {
    expect(surveyJson(bytes(text)).hasExtremeNumber).toBe(has);
  });

  test('finds every number that JSON.parse would turn into 0', () => {
    const digits = fc.stringMatching(/^[0-9]{1,20}$/);
    const zeros = fc.nat(400).map((count) => '0'.repeat(count));
    const exponent = fc.tuple(fc.constantFrom('e', 'E'), fc.constantFrom('-', '+', ''), fc.nat(1_000).map(String));
    const number = fc
      .tuple(zeros, digits, fc.option(exponent, { nil: ['', '', ''] as const }))
      .map(([leading, ending, parts]) => `0.${leading}${ending}${parts.join('')}`);
    fc.assert(
      fc.property(number, (text) => {
        const isLost = JSON.parse(text) === 0 && /^[0.]*[1-9]/.test(text);
        const read = readJson(bytes(`{"a":${text}}`), MAX);
        expect(read).toEqual({ ok: true, value: { a: isLost ? Infinity : JSON.parse(text) } });
      }),
      { numRuns: 2_000 },
    );
  });
});

test('a key that stands twice is found wherever it is', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.string(), fc.nat(3)), { maxLength: 4 }), fc.string(), (path, key) => {
      const name = JSON.stringify(key);
      let text = `{"x":{${name}:1},${name}:[${name}],${name}:2}`;
      for (const step of path.toReversed()) {
        text = typeof step === 'number' ? `[${'{"a":1},'.repeat(step)}${text}]` : `{${JSON.stringify(step)}:${text}}`;
      }
      expect(findDuplicateKey(text)).toBe([...path, key].join('.'));
      const read = readJson(bytes(text), MAX);
      expect(read.ok ? undefined : read.fault.code).toBe('duplicate_key');
    }),
  );
});
