import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { MlEvent } from '../../src/events/event.ts';
import type { Sink } from '../../src/runtime/sink.ts';
import type { DecodedRecord } from '../../src/runtime/stage.ts';
import { crowdedEventArbitrary } from '../arbitraries/events.ts';
import { accept } from '../events/receive.ts';
import { openSink } from '../sinks/postgres/open-sink.ts';
import { recordOf } from '../sinks/postgres/records.ts';
import { Tables } from '../sinks/postgres/tables.ts';
import { createWorld } from '../support/world.ts';

const world = await createWorld();
const tables = new Tables(world.databaseUrl);
let sink: Sink;

beforeAll(async () => {
  sink = await openSink(world.databaseUrl);
  await tables.open();
});
beforeEach(() => tables.empty());
afterAll(async () => {
  await tables.close();
  await sink.close();
  await world.close();
});

const complete = accept('ml.trial.complete', { model_run_id: 'r', trial_id: 't', timestamp: 1_760_000_000_000 });
const failed = accept('ml.trial.failed', { model_run_id: 'r', trial_id: 't', timestamp: 1_760_000_000_000 });
const metric = accept('ml.run.metric', { model_run_id: 'r', trial_id: 't', measurements: { loss: 1 } });

/** Values that another producer can write into an Avro record and no table can store. */
const POISON: readonly [string, MlEvent, RegExp][] = [
  ['NUL in a text', { ...failed, error_message: 'a\0b' }, /error_message contains the character NUL/],
  ['NUL in an id', { ...metric, trial_id: 'a\0b' }, /trial_id contains the character NUL/],
  ['NUL in the name of a metric', { ...metric, measurements: { ok: 1, 'a\0b': 2 } }, /NUL/],
  ['NUL in a document', { ...complete, hyperparams: '{"a":"\\u0000"}' }, /hyperparams contains the character NUL/],
  ['NUL in a key of a document', { ...complete, parameters: '{"\\u0000":1}' }, /NUL/],
  ['half of a surrogate pair', { ...complete, hyperparams: '{"a":"\\ud800"}' }, /surrogate/],
  ['a document that is not JSON', { ...complete, hyperparams: '{lr: 1}' }, /hyperparams is not JSON/],
  [
    'a document nested 100,000 deep',
    { ...complete, metadata: `${'['.repeat(1e5)}${']'.repeat(1e5)}` },
    /nested deeper/,
  ],
  ['a time before there were times', { ...complete, timestamp: -8.64e15 }, /timestamp is -8640000000000000/],
  ['a time a Date cannot hold', { ...complete, timestamp: 9e15 }, /timestamp is 9000000000000000/],
  ['an empty id', { ...complete, trial_id: '' }, /trial_id has 0 characters/],
  ['an id of 256 characters', { ...complete, mlflow_run_id: 'x'.repeat(256) }, /mlflow_run_id has 256 characters/],
  ['an attempt of six digits', { ...complete, attempt: 100_000 }, /attempt is 100000, outside 0 to 99999/],
  ['a negative attempt', { ...metric, attempt: -1 }, /attempt is -1/],
  ['the name of a metric of 256 characters', { ...metric, measurements: { ['x'.repeat(256)]: 1 } }, /256 characters/],
  // Only Postgres itself determines the largest number that it stores, and it rejects the whole batch.
  ['a number beyond any number', { ...complete, hyperparams: '{"a":1e999999}' }, /numeric.*\(22003\)/],
];

const good = (count: number): DecodedRecord[] =>
  Array.from({ length: count }, (_, step) =>
    recordOf(
      accept('ml.run.metric', { model_run_id: 'r', trial_id: `t${step % 7}`, step, measurements: { loss: step } }),
    ),
  );

test.each(POISON)('a record with %s is rejected, and the records around it are stored', async (_, event, message) => {
  const bad = recordOf(event);
  const rejected = await sink.write(good(33).toSpliced(20, 0, bad));
  expect(rejected).toEqual([
    { record: bad.source, code: 'rejected_by_database', message: expect.stringMatching(message) },
  ]);
  const [{ points } = {}] = await tables.query<{ points: number }>('select count(*)::int as points from trial_metrics');
  expect(points).toBe(33);
});

test('a record that only Postgres rejects is rejected alone', async () => {
  await tables.query(`alter table model_runs add constraint no_poison check (model_run_id <> 'poison')`);
  try {
    const poison = [1, 2, 3].map(() => recordOf({ ...metric, model_run_id: 'poison' }));
    const [one, two, three] = poison;
    const rejected = await sink.write(
      [one, ...good(9), two, ...good(4), three].filter((record) => record !== undefined),
    );
    expect(rejected.map(({ record }) => record)).toEqual(poison.map(({ source }) => source));
    for (const { code, message } of rejected) {
      expect(code).toBe('rejected_by_database');
      expect(message).toMatch(/no_poison.*\(23514\)/);
    }
    expect(await tables.query('select model_run_id from model_runs')).toEqual([{ model_run_id: 'r' }]);
  } finally {
    await tables.query('alter table model_runs drop constraint no_poison');
  }
});

test('a record that is neither an event nor a command is rejected', async () => {
  const { source } = recordOf(metric);
  const letter = { source, content: { name: 'DeadLetter', record: {} } } as unknown as DecodedRecord;
  expect(await sink.write([letter])).toEqual([
    { record: source, code: 'unexpected_record', message: expect.any(String) },
  ]);
});

test('the verdict on a record does not depend on the records beside it', async () => {
  const poisoned = fc
    .tuple(crowdedEventArbitrary, fc.constantFrom({ mlflow_run_id: 'a\0' }, { timestamp: -8e15 }, { metadata: 'no' }))
    .map(([event, fault]) => ({ ...event, ...fault }) as MlEvent);
  const told = fc.array(fc.oneof({ weight: 3, arbitrary: crowdedEventArbitrary }, { weight: 1, arbitrary: poisoned }), {
    maxLength: 12,
  });
  await fc.assert(
    fc.asyncProperty(told, async (events) => {
      const records = events.map(recordOf);
      const ids = (rejected: Awaited<ReturnType<Sink['write']>>) => rejected.map(({ record }) => record.offset).sort();
      await tables.empty();
      const together = ids(await sink.write(records));
      const content = await tables.content();
      await tables.empty();
      const apart: string[] = [];
      for (const record of records) apart.push(...ids(await sink.write([record])));
      expect(apart.sort()).toEqual(together);
      expect(await tables.content()).toEqual(content);
    }),
    { numRuns: 25 },
  );
});
