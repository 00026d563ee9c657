import { describe, expect, test } from '@jest/globals';
import { accept, FRESH_ID, RECEIVED_AT, refuse } from './receive.ts';

const UUID = '0AFE9C7E-1B2C-4D3E-8F90-123456789ABC';
const TIMED = { trial_id: 't', timestamp: RECEIVED_AT - 1 };
/** Names an event as a request with the Idempotency-Key `key` does, by a text that shows the content. */
const nameBy = (key: string) => (content: string) => `${key}: ${content}`;
const idOf = (input: object, key?: string): string =>
  accept('ml.run.start', { trial_id: 't', ...input }, key === undefined ? {} : { nameOf: nameBy(key) }).event_id;

describe('parseEvent chooses the id of an event in this order', () => {
  test.each([
    ['a UUID is kept, in lower case', { event_id: UUID }, 'key', UUID.toLowerCase()],
    ['another text is its UUIDv5', { event_id: 'trial-7' }, 'key', '49548315-6ff1-597a-98ef-2d83cbf57241'],
    ['else the name that the request gives to the content', {}, 'k', 'k: {"event":"ml.run.start","trial_id":"t"}'],
    ['even if the event has a time of its own', { timestamp: RECEIVED_AT }, 'k', expect.stringMatching(/^k: /)],
    ['else a fresh one', {}, undefined, FRESH_ID],
    ['null is absent', { event_id: null }, undefined, FRESH_ID],
  ])('%s', (_, input, key, id) => {
    expect(idOf(input, key)).toEqual(id);
  });
});

describe('parseEvent makes the id of an event with a timestamp from its content', () => {
  const id = idOf(TIMED);

  test('the id is a UUIDv5', () => {
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  test('the id does not depend on the time of receipt', () => {
    expect(accept('ml.run.start', TIMED, { receivedAt: RECEIVED_AT + 999 }).event_id).toBe(id);
  });

  test.each([
    ['the order of keys', { timestamp: TIMED.timestamp, trial_id: 't' }],
    ['how the time is written', { timestamp: new Date(TIMED.timestamp).toISOString() }],
    ['null fields', { ...TIMED, spectral_norm: null, metadata: null }],
  ])('the id does not depend on %s', (_, input) => {
    expect(idOf(input)).toBe(id);
  });

  describe.each<[string, string | undefined]>([
    ['of a request with an Idempotency-Key', 'k'],
    ['of its content', undefined],
  ])('an id made %s', (_, key) => {
    const metric = (fields: object): string => {
      const input = { ...TIMED, measurements: { a: 1 }, ...fields };
      return accept('ml.run.metric', input, key === undefined ? {} : { nameOf: nameBy(key) }).event_id;
    };

    test.each<[string, object, object]>([
      ['an epoch', { epoch: null }, {}],
      ['an unknown field', { note: null }, {}],
      ['an unknown field beside metadata', { note: null, metadata: { a: 1 } }, { metadata: { a: 1 } }],
      ['an unknown field beside empty metadata', { note: null, metadata: {} }, { metadata: {} }],
      ['a field in metadata', { metadata: { a: 1, step: null } }, { metadata: { a: 1 } }],
      ['an epoch in metadata', { metadata: { epoch: null } }, { metadata: {} }],
      ['a metric value', { measurements: { a: 1, b: null } }, {}],
      [
        'a metric value in metadata',
        { metadata: { measurements: { b: 1, c: null } } },
        { metadata: { measurements: { b: 1 } } },
      ],
    ])('is the same whether %s is null or absent', (_field, given, absent) => {
      expect(metric(given)).toBe(metric(absent));
    });

    test.each<[string, object, object]>([
      ['null within a free-form value', { metadata: { a: { b: null } } }, { metadata: { a: {} } }],
      ['0 and null', { epoch: 0 }, { epoch: null }],
      ['__proto__ in metadata', { metadata: JSON.parse('{"__proto__":1}') }, { metadata: {} }],
    ])('differs for %s', (_difference, one, other) => {
      expect(metric(one)).not.toBe(metric(other));
    });
  });

  const at = (timestamp: unknown): string => idOf({ trial_id: 't', timestamp });

  test.each<[string, unknown, unknown]>([
    ['microseconds', '2025-10-05T12:34:56.789100Z', '2025-10-05T12:34:56.789900Z'],
    ['nanoseconds', '2025-10-05T12:34:56.789000001Z', '2025-10-05T12:34:56.789000002Z'],
    ['fractions of epoch milliseconds', 1_759_667_696_789.25, 1_759_667_696_789.5],
    ['a fraction and none', 1_759_667_696_789.25, 1_759_667_696_789],
    ['fractions as text', '1759667696789.25', '1759667696789.5'],
  ])('ids differ for times that differ only in %s, although the stored millisecond is the same', (_, one, other) => {
    expect(at(one)).not.toBe(at(other));
    for (const timestamp of [one, other]) {
      expect(accept('ml.run.start', { trial_id: 't', timestamp }).timestamp).toBe(1_759_667_696_789);
    }
  });

  test('ids differ for times in metadata that differ only below the millisecond', () => {
    const inMetadata = (timestamp: string) => idOf({ trial_id: 't', metadata: { timestamp } });
    expect(inMetadata('2025-10-05T12:34:56.7891Z')).not.toBe(inMetadata('2025-10-05T12:34:56.7899Z'));
  });

  test('ids are equal for one time in every notation', () => {
    const notations = [
      '2025-10-05T12:34:56.7895Z',
      '2025-10-05 12:34:56,789500',
      '2025-10-05T14:34:56.789500000+02:00',
      '2025-10-05T12:34:56.7895+00:00Z',
      1_759_667_696_789.5,
      '1759667696789.5',
    ];
    expect(new Set(notations.map(at)).size).toBe(1);
  });

  test('ids are those of earlier versions for times without digits below the millisecond', () => {
    for (const timestamp of ['2025-10-05T12:34:56.789Z', '2025-10-05T12:34:56.789000Z', 1_759_667_696_789]) {
      expect(at(timestamp)).toBe('2f92abd6-826c-5d5d-bf44-86d97ecbdbe2');
    }
  });

  test('ids differ for every difference of content', () => {
    const ids = [
      idOf(TIMED),
      idOf({ ...TIMED, timestamp: TIMED.timestamp - 1 }),
      idOf({ ...TIMED, trial_id: 'u' }),
      idOf({ ...TIMED, model_run_id: 'r' }),
      idOf({ ...TIMED, spectral_norm: false }),
      idOf({ ...TIMED, note: 1 }),
      accept('ml.trial.start', TIMED).event_id,
      ...[0, -0, 'NaN', 'Infinity'].map(
        (loss) => accept('ml.run.metric', { ...TIMED, measurements: { loss } }).event_id,
      ),
    ];
    expect(new Set(ids).size).toBe(ids.length);
  });
});

test.each([
  ['a number', 7, ['invalid_type event_id']],
  ['empty', '', ['invalid_value event_id']],
  ['128 characters', 'x'.repeat(128), []],
  ['129 characters', 'x'.repeat(129), ['too_long event_id']],
  ['any Unicode', 'Ünïcødé 𝛼\n', []],
  ['half of a surrogate pair', '\ud800', ['invalid_unicode event_id']],
])('parseEvent checks an event_id: %s', (_, event_id, faults) => {
  expect(refuse({ event: 'ml.run.start', trial_id: 't', event_id })).toEqual(faults);
});
