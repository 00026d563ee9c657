import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { dayOf, mayHold, type ObjectName, objectKey, parseKey } from '../../../src/sinks/archive/object-name.ts';

const ID = 'XQn8FDH1Tge5XnqDmLuvig';
const NAME: ObjectName = {
  topic: 'dev-ml.events',
  topicId: ID,
  day: '2026-11-21',
  earliestDay: '2026-11-21',
  partition: 3,
  first: 120_000n,
  last: 183_411n,
};
const FOLDER = 'archive/dev-ml.events/dt=2026-11-21/partition=3';

test.each<[string, ObjectName, string]>([
  ['an object', NAME, `${FOLDER}/120000-183411.${ID}.avro`],
  [
    'an object with records of earlier days',
    { ...NAME, earliestDay: '2026-11-19' },
    `${FOLDER}/120000-183411.${ID}.from-2026-11-19.avro`,
  ],
  [
    'an object without a topic id',
    { ...NAME, topicId: undefined, earliestDay: undefined },
    `${FOLDER}/120000-183411.avro`,
  ],
])('the key of %s states its name', (_, name, key) => {
  expect(objectKey('archive', name)).toBe(key);
  expect(parseKey(key)).toEqual(name);
});

test.each([
  'archive/_replays/0123456789ab.json',
  `${FOLDER}/120000-183411.${ID.slice(1)}.avro`,
  `${FOLDER}/120000.avro`,
  'archive/dev-ml.events/partition=3/1-2.avro',
])('%s is not the key of an object', (key) => {
  expect(parseKey(key)).toBeUndefined();
});

const DAY_MS = 86_400_000;
/** Days around one, midnights and the milliseconds beside them, and times that no calendar has. */
const time = fc.oneof(
  { weight: 9, arbitrary: fc.tuple(fc.nat(9), fc.integer({ min: -1, max: 1 })).map(([n, ms]) => n * DAY_MS + ms) },
  { weight: 1, arbitrary: fc.constantFrom(-8.64e15, -1, 253_402_300_800_000, 8.64e15) },
);

test('an object that holds a record of a window is never left out', () => {
  const cases = fc.tuple(
    fc.array(time, { minLength: 1, maxLength: 5 }),
    fc.option(time),
    fc.option(time),
    fc.boolean(),
  );
  fc.assert(
    fc.property(cases, ([times, since, until, statesEarliestDay]) => {
      // As the sink makes objects: no record is of a later day than the first.
      const day = dayOf(times[0] ?? 0);
      const held = times.filter((timestamp) => dayOf(timestamp) <= day);
      const earliestDay = held.map(dayOf).toSorted()[0];
      const isCalendar = held.every((timestamp) => timestamp >= 0 && timestamp <= 253_402_300_799_999);
      // Objects of earlier versions are found for times on the calendar only.
      fc.pre(statesEarliestDay || isCalendar);
      const isHeld = held.some((t) => (since === null || t >= since) && (until === null || t < until));
      const name = { day, earliestDay: statesEarliestDay ? earliestDay : undefined };
      expect(isHeld && !mayHold(name, since ?? undefined, until ?? undefined)).toBe(false);
    }),
    { numRuns: 2_000 },
  );
});

test.each([
  ['before the window', '2026-11-20', '2026-11-20', true],
  ['after the window', '2026-11-23', '2026-11-23', true],
  ['that overlaps the window by its earliest day', '2026-11-23', '2026-11-21', false],
  ['of an earlier version, after the window', '2026-11-23', undefined, false],
])('an object %s is left out: %s', (_, day, earliestDay, isLeftOut) => {
  const [since, until] = [Date.UTC(2026, 10, 21, 6), Date.UTC(2026, 10, 22, 6)];
  expect(mayHold({ day, earliestDay }, since, until)).toBe(!isLeftOut);
});
