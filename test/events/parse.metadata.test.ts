import { describe, expect, test } from '@jest/globals';
import { parseExactly } from '../../src/events/exact-number.ts';
import { EVENT_LIMITS } from '../../src/events/fault.ts';
import { accept, refuse } from './receive.ts';

const metadataOf = (input: object): unknown => {
  const { metadata } = accept('ml.run.start', { trial_id: 't', ...input });
  return metadata === null ? null : JSON.parse(metadata);
};
const faultsOf = (input: unknown): string[] => refuse({ event: 'ml.run.start', trial_id: 't', ...(input as object) });
const nested = (levels: number): unknown => JSON.parse(`${'[{"a":'.repeat(levels)}1${'}]'.repeat(levels)}`);

describe('parseEvent keeps unknown fields in metadata', () => {
  test.each<[string, object, unknown]>([
    ['nothing', {}, null],
    ['null', { metadata: null }, null],
    ['empty', { metadata: {} }, {}],
    ['as received', { metadata: { a: [1, { b: null }] } }, { a: [1, { b: null }] }],
    ['a field that was read from it too', { metadata: { source: 's' } }, { source: 's' }],
    ['what stands beside it', { host: 'gpu-1' }, { host: 'gpu-1' }],
    ['both', { metadata: { a: 1 }, host: 'gpu-1' }, { a: 1, host: 'gpu-1' }],
    ['both, equal', { metadata: { a: { x: 1, y: 2 } }, a: { y: 2, x: 1 } }, { a: { x: 1, y: 2 } }],
    ['null beside a value', { metadata: { a: null }, a: 1 }, { a: 1 }],
    ['a value beside null', { metadata: { a: 1 }, a: null }, { a: 1 }],
    ['nothing of null alone', { a: null }, null],
    ['nothing of null beside others', { metadata: { a: 1 }, b: null }, { a: 1 }],
    ['a field of another event', { rank: 1, measurements: { a: 'NaN' } }, { rank: 1, measurements: { a: 'NaN' } }],
    ['names that objects have', { constructor: 1, metadata: { toString: 2 } }, { constructor: 1, toString: 2 }],
  ])('keeps in metadata: %s', (_, input, metadata) => {
    expect(metadataOf(input)).toEqual(metadata);
  });

  test('reports different values of one key as a conflict', () => {
    expect(faultsOf({ metadata: { a: 1 }, a: 2 })).toEqual(['field_conflict a']);
  });
});

describe('parseEvent and __proto__', () => {
  const evil = '{"polluted":true,"trial_id":"evil","spectral_norm":true}';

  test.each([
    ['in the event', `{"__proto__":${evil}}`],
    ['in metadata', `{"metadata":{"__proto__":${evil}}}`],
    ['in both', `{"__proto__":${evil},"metadata":{"__proto__":${evil}}}`],
  ])('treats __proto__ %s like any other key', (_, text) => {
    const event = accept('ml.run.start', { trial_id: 't', ...Object.fromEntries(Object.entries(JSON.parse(text))) });
    expect(event).toMatchObject({ trial_id: 't', spectral_norm: null });
    const kept = event.metadata ?? '';
    expect(kept).toBe(`{"__proto__":${evil}}`);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  test('reads no fields from the prototype of an event', () => {
    expect(refuse(JSON.parse('{"__proto__":{"event":"ml.run.start","trial_id":"t"}}'))).toEqual([
      'missing_field event',
    ]);
  });
});

describe.each(['metadata', 'hyperparams', 'parameters', 'note'])('parseEvent checks free-form JSON in %s', (field) => {
  const inField = (value: unknown): string[] => faultsOf({ [field]: value });
  const { maxDepth, maxKeys } = EVENT_LIMITS;

  test.each<[string, unknown, string[]]>([
    ['nesting', { a: nested(10) }, []],
    ['too deep', { a: nested(maxDepth) }, ['too_deep']],
    ['a thousand times too deep', { a: nested(50_000) }, ['too_deep']],
    ['as many entries as are allowed', { a: Array(maxKeys - 2).fill(0) }, []],
    ['too many entries', { a: Array(maxKeys).fill(0) }, ['too_many']],
    ['NUL in a text', { a: ['\0'] }, ['control_character']],
    ['NUL in a key', { a: { 'b\0': 1 } }, ['control_character']],
    ['other control characters', { a: '\u0001\n' }, []],
    ['half of a surrogate pair in a text', { a: { b: '\udc00' } }, ['invalid_unicode']],
    ['half of a surrogate pair in a key', { '\ud800': 1 }, ['invalid_unicode']],
    ['an integer of 309 digits', parseExactly(`{"a":[1${'7'.repeat(308)}]}`), []],
    ['an integer of 310 digits', parseExactly(`{"a":[1${'7'.repeat(309)}]}`), ['number_out_of_range']],
    ['a number beyond a double', parseExactly('{"a":[1e999]}'), ['number_out_of_range']],
    ['a number that would become 0', parseExactly('{"a":[1e-400]}'), ['number_out_of_range']],
    ['any Unicode', { Ünï: '𝛼\u2028' }, []],
  ])('checks the rule: %s', (_, value, codes) => {
    expect(inField(value)).toEqual(codes.map((code) => `${code} ${field}`));
  });

  test.each([[[1]], ['{}'], [1], [true]])('rejects %j unless the field is unknown', (value) => {
    expect(inField(value)).toEqual(field === 'note' ? [] : [`invalid_type ${field}`]);
  });
});

describe('parseEvent limits the entries of metadata', () => {
  const { maxKeys } = EVENT_LIMITS;
  const many = (count: number, prefix = 'k') =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`${prefix}${index}`, index]));

  test.each<[string, object, string[]]>([
    ['as many unknown fields as are allowed', many(maxKeys), []],
    ['too many unknown fields', many(maxKeys + 1), ['too_many metadata']],
    ['twelve times too many, as objects', many12(), ['too_many metadata']],
    ['unknown fields and metadata, together at the limit', { ...many(5_000), metadata: many(5_000, 'm') }, []],
    [
      'unknown fields and metadata, one too many',
      { ...many(5_001), metadata: many(5_000, 'm') },
      ['too_many metadata'],
    ],
    ['unknown fields that metadata holds too', { ...many(6_000), metadata: many(6_000) }, []],
    ['nested entries of unknown fields', { a: many(5_000), b: many(5_000) }, ['too_many metadata']],
  ])('together with the unknown fields: %s', (_, input, faults) => {
    expect(faultsOf(input)).toEqual(faults);
  });

  function many12(): object {
    return Object.fromEntries(Array.from({ length: 12 }, (_, index) => [`o${index}`, many(9_000)]));
  }
});

test('parseEvent rejects deeply nested values of one key without comparing them', () => {
  expect(faultsOf({ metadata: { a: 1 }, a: nested(50_000) })).toEqual(['too_deep a']);
});
