import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { TrialCommand } from '../../src/avro/records.ts';
import type { EventName, MlEvent } from '../../src/events/event.ts';
import {
  addCommand,
  addEvent,
  addTrial,
  compareStatements,
  emptyRow,
  GROUP_NAMES,
  GROUPS,
  type Row,
  readVersion,
  type Statement,
  versionOf,
} from '../../src/events/merge.ts';
import { crowdedEventArbitrary } from '../arbitraries/events.ts';
import { commandArbitrary } from '../arbitraries/records.ts';
import { jsonObjectArbitrary, textArbitrary, uuidArbitrary } from '../arbitraries/values.ts';
import { accept } from './receive.ts';

const ids = { model_run_id: 'r', trial_id: 't' };
const uuid = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
/** An event `second` seconds after a fixed hour; each call gives a greater id. */
let count = 0;
const at = (second: number, event: EventName, fields: object = {}): MlEvent => {
  count += 1;
  return accept(event, { ...ids, timestamp: 1_760_000_000_000 + second * 1_000, event_id: uuid(count), ...fields });
};
const start = (second: number, fields?: object) => at(second, 'ml.trial.start', fields);

type Told = MlEvent | TrialCommand;

function rowOf(told: readonly Told[]): Row {
  const row = emptyRow('r', 't');
  for (const item of told) {
    if ('event' in item) addEvent(row, item);
    else addCommand(row, item);
  }
  return row;
}

/** The columns of a row, by name; times in seconds as `at` takes them. */
function columnsOf({ said, started_at }: Row): Record<string, unknown> {
  const columns: Record<string, unknown> = {};
  const seconds = (time: unknown) => (Number(time) - 1_760_000_000_000) / 1_000;
  if (started_at !== null) columns.started_at = seconds(started_at);
  for (const group of GROUP_NAMES) {
    for (const [index, name] of GROUPS[group].entries()) {
      const value = said[group]?.values[index];
      if (value !== undefined && value !== null) columns[name] = name === 'completed_at' ? seconds(value) : value;
    }
  }
  return columns;
}

const COMPLETED_AT_1 = { status: 'completed', completed_at: 1 };

test('addTrial restarts no run that has ended, whatever attempts its trials are at', () => {
  const run = emptyRow('r', null);
  addEvent(run, at(1, 'ml.run.stop', { trial_id: null, state: 'completed' }));
  addTrial(run, rowOf([start(2, { attempt: 2 })]));
  expect(columnsOf(run)).toEqual(COMPLETED_AT_1);
});

test('addEvent compares no attempts in the row of a run, because those of different trials are not comparable', () => {
  const run = emptyRow('r', null);
  const ofRun = { trial_id: null };
  addEvent(run, at(1, 'ml.run.start', { ...ofRun, attempt: 7 }));
  addEvent(run, at(2, 'ml.run.metric', { ...ofRun, attempt: 7, measurements: { loss: 1 } }));
  addEvent(run, at(3, 'ml.run.stop', { ...ofRun, attempt: 1, state: 'failed' }));
  addEvent(run, at(4, 'ml.run.stop', { ...ofRun, state: 'completed' }));
  expect(columnsOf(run)).toEqual({ status: 'completed', started_at: 1, completed_at: 4 });
});

test('addEvent and addCommand define the same row for any order and number of the records', () => {
  const told = fc.oneof(crowdedEventArbitrary, commandArbitrary);
  const cases = fc.array(told, { minLength: 1, maxLength: 12 }).chain((set) =>
    fc.record({
      set: fc.constant(set),
      other: fc.array(fc.constantFrom(...set), { maxLength: 20 }).map((more) => [...more, ...set].reverse()),
    }),
  );
  fc.assert(
    fc.property(cases, ({ set, other }) => {
      expect(rowOf(other)).toEqual(rowOf(set));
    }),
    { numRuns: 500 },
  );
});

test('versionOf returns texts whose byte order is the order of compareStatements', () => {
  const statement: fc.Arbitrary<Statement> = fc.record({
    attempt: fc.oneof(fc.nat(2), fc.constantFrom(9, 10, 99_999), fc.nat(99_999)),
    rung: fc.constantFrom(0, 1, 2),
    timestamp: fc.oneof(
      fc.integer({ min: -3, max: 3 }),
      fc.integer({ min: -62_135_596_800_000, max: 253_402_300_799_999 }),
    ),
    id: fc.oneof(fc.constantFrom(uuid(1), uuid(2)), uuidArbitrary),
    values: fc.array(fc.oneof(textArbitrary(3), jsonObjectArbitrary, fc.constantFrom(true, false, null, 'ﬀ', '😀')), {
      minLength: 1,
      maxLength: 1,
    }),
  });
  fc.assert(
    fc.property(statement, statement, (a, b) => {
      const bytes = Buffer.compare(Buffer.from(versionOf(a)), Buffer.from(versionOf(b)));
      expect(Math.sign(compareStatements(a, b))).toBe(bytes);
    }),
    { numRuns: 10_000 },
  );
});

test('readVersion returns the record that versionOf was made from, and nothing for a lower rung', () => {
  const source = fc.record({
    attempt: fc.nat(99_999),
    timestamp: fc.integer({ min: -8.64e15, max: 8.64e15 }),
    id: uuidArbitrary,
  });
  fc.assert(
    fc.property(source, (drawn) => {
      expect(readVersion(versionOf({ ...drawn, rung: 2, values: ['completed'] }))).toEqual(drawn);
      expect(readVersion(versionOf({ ...drawn, rung: 1, values: [] }))).toBeUndefined();
    }),
  );
});

test('versionOf returns the text of earlier releases for a statement without an attempt', () => {
  const values = ['completed', 1, null, null];
  expect(versionOf({ attempt: 0, rung: 0, timestamp: 0, id: '', values })).toBe('0');
  expect(versionOf({ attempt: 0, rung: 1, timestamp: 0, id: '', values })).toBe('1');
  expect(versionOf({ attempt: 0, rung: 2, timestamp: 1_760_000_000_000, id: uuid(7), values })).toBe(
    '21000176000000000000000000-0000-4000-8000-0000000000078a6e9c17beb7e0a6',
  );
  expect(versionOf({ attempt: 12, rung: 2, timestamp: 1_760_000_000_000, id: uuid(7), values })).toBe(
    '30001221000176000000000000000000-0000-4000-8000-0000000000078a6e9c17beb7e0a6',
  );
});
