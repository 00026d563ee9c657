import fc from 'fast-check';
import { EVENT_NAMES, type EventName } from '../../../src/events/event.ts';
import { type FieldKind, PLACED_FIELDS, STATES } from '../../../src/events/fields.ts';
import {
  idArbitrary,
  jsonObjectArbitrary,
  metricNameArbitrary,
  nameArbitrary,
  textArbitrary,
} from '../../arbitraries/values.ts';

type Object_ = Readonly<Record<string, unknown>>;

/** Values of every JSON type, and those at which rules turn. */
const oddArbitrary: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(null, true, false, 0, 1, -1, 1.5, -0.5, 2_147_483_647, 2_147_483_648, 9_007_199_254_740_990),
  fc.constantFrom<unknown>(
    9_007_199_254_740_992,
    1e300,
    '',
    'true',
    'completed',
    'NaN',
    '\0',
    '\u007f',
    'x'.repeat(256),
    '..',
  ),
  fc.constantFrom<unknown>(
    [],
    {},
    [1],
    { a: '\0' },
    { '\0': 1 },
    { loss: 'x' },
    { loss: null },
    JSON.parse('{"__proto__": 1}'),
  ),
  fc.jsonValue(),
);

/** The number, or its text as Python, NumPy and JavaScript write it, good and not. */
function orText(number: fc.Arbitrary<number>): fc.Arbitrary<unknown> {
  const text = fc
    .tuple(number, fc.constantFrom('', '.0', '.000', 'e1', 'E-01', 'e', '.', ' ', 'f'))
    .map(([value, end]) => `${Object.is(value, -0) ? 0 : value}${end}`);
  return fc.oneof({ weight: 8, arbitrary: number }, { weight: 1, arbitrary: text });
}

const metricValue = fc.oneof(
  { weight: 8, arbitrary: orText(fc.double({ noNaN: true, noDefaultInfinity: true })) },
  { weight: 2, arbitrary: fc.constantFrom<unknown>('NaN', 'Infinity', '-Infinity', 'nan', '-inf', true, false, null) },
);

const MEASUREMENTS = fc.dictionary(
  fc.oneof(
    { weight: 20, arbitrary: metricNameArbitrary },
    { weight: 1, arbitrary: fc.constantFrom('__proto__', 'duration_ms', '') },
  ),
  fc.oneof({ weight: 20, arbitrary: metricValue }, { weight: 1, arbitrary: oddArbitrary }),
  { maxKeys: 3, noNullPrototype: true },
);

const timestamp = fc.oneof(
  fc
    .date({ min: new Date('1970-01-01'), max: new Date('2025-10-05'), noInvalidDate: true })
    .map((date) => date.toISOString()),
  fc.integer({ min: 0, max: 1_759_000_000_000 }),
  fc.constantFrom<unknown>(0, 1_759_667_696, 99_999_999_999, 1e11, 1_759_000_000_000.5, 1.759e15, 253_402_300_800_000),
  fc.constantFrom(
    '2016-12-31T23:59:60Z',
    '2016-12-31T23:59:60+00:00Z',
    '2025-10-05T01:02+0000z',
    '2025-10-05T01:02-01:00Z',
  ),
  fc.constantFrom(
    '1759000000000',
    '1759000000000.5',
    '1759000000',
    '01759000000000',
    '99999999999',
    '1759000000000000',
  ),
  fc.constantFrom('2025-02-30T00:00:00Z', '2025-10-05 01:02+02', '2025-10-05T24:00:00Z', '2025-13-01T00:00Z', 'now'),
  fc.constantFrom('2025-10-05t01:02:03,123456789z', '2025-10-05T01:02:03.Z', '2025-10-05', '2025-06-31T00:00:00+0530'),
);

/** Mostly a good value of the kind. */
const GOOD: Readonly<Record<FieldKind, fc.Arbitrary<unknown>>> = {
  id: idArbitrary,
  name: nameArbitrary,
  text: textArbitrary(),
  boolean: fc.constantFrom<unknown>(true, false, 'true', 'false', 1, 0),
  timestamp,
  amount: orText(fc.double({ min: 0, noNaN: true, noDefaultInfinity: true })),
  count: orText(fc.nat()),
  rank: orText(fc.integer({ min: 1, max: 999_999_999 })),
  attempt: orText(fc.nat(99_999)),
  epoch: orText(fc.oneof(fc.nat(9), fc.double({ min: 0, max: 9, noNaN: true }))),
  state: fc.constantFrom(...STATES),
  measurements: MEASUREMENTS,
  json: jsonObjectArbitrary,
};

const mostly = (good: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc.oneof(
    { weight: 40, arbitrary: good },
    { weight: 2, arbitrary: fc.constant(null) },
    { weight: 1, arbitrary: oddArbitrary },
  );

/** An object that has each key in about `one in n` cases. */
const now = (entries: Readonly<Record<string, fc.Arbitrary<unknown>>>, oneIn: number): fc.Arbitrary<Object_> =>
  fc
    .record(
      Object.fromEntries(
        Object.entries(entries).map(([key, value]) => [
          key,
          fc.oneof({ weight: oneIn - 1, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: value }),
        ]),
      ),
      { noNullPrototype: true },
    )
    .map((object) => Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)));

const extra = fc.dictionary(
  fc.oneof(
    textArbitrary(6),
    fc.constantFrom('epoch', 'step', 'success', 'optimizer', 'metric_name', 'rank', 'attempt'),
  ),
  fc.oneof(fc.nat(3), fc.jsonValue(), oddArbitrary),
  { maxKeys: 2, noNullPrototype: true },
);

function postedOf(event: EventName): fc.Arbitrary<Object_> {
  const fields = PLACED_FIELDS[event];
  const ofFields = Object.fromEntries(fields.map(({ name, kind }) => [name, mostly(GOOD[kind])]));
  const flat = {
    metric_name: mostly(metricNameArbitrary),
    metric_value: mostly(metricValue),
    success: mostly(GOOD.boolean),
    event_id: mostly(fc.oneof(fc.uuid(), fc.string({ maxLength: 130 }))),
    epoch: mostly(GOOD.epoch),
    measurements: mostly(MEASUREMENTS),
  };
  const needed = {
    'ml.run.metric': { measurements: mostly(MEASUREMENTS) },
    'ml.run.stop': { state: mostly(GOOD.state) },
  } as Readonly<Partial<Record<EventName, Record<string, fc.Arbitrary<unknown>>>>>;
  const named = fc.oneof(
    { weight: 20, arbitrary: fc.constant({ event }) },
    { weight: 4, arbitrary: fc.constantFrom<Object_>({ name: event }, { event, name: null }, { event, name: event }) },
    {
      weight: 1,
      arbitrary: fc.constantFrom<Object_>({}, { event: null }, { event: 'ml.run' }, { event, name: 'x' }, { event: 1 }),
    },
  );
  return fc
    .tuple(
      named,
      now({ trial_id: mostly(idArbitrary), ...needed[event] }, 2),
      now({ ...ofFields, ...flat }, 5),
      now(
        {
          metadata: fc.oneof(
            { weight: 20, arbitrary: fc.tuple(now(ofFields, 8), extra).map(merged) },
            { weight: 1, arbitrary: oddArbitrary },
          ),
        },
        2,
      ),
      fc.oneof({ weight: 3, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: extra }),
    )
    .map(merged);
}

const merged = (parts: readonly Object_[]): Object_ =>
  Object.fromEntries(parts.toReversed().flatMap((part) => Object.entries(part)));

/** JSON as someone might post it: an event in any mixture of the two shapes, often with something wrong. */
export const postedArbitrary: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 60, arbitrary: fc.oneof(...EVENT_NAMES.map(postedOf)) },
  { weight: 1, arbitrary: fc.jsonValue() },
);
