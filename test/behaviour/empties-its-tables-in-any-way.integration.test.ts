import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { MlEvent } from '../../src/events/event.ts';
import type { Sink } from '../../src/runtime/sink.ts';
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
afterAll(async () => {
  await tables.close();
  await sink.close();
  await world.close();
});

const events: readonly MlEvent[] = Array.from({ length: 6 }, (_, n) => {
  const trial = { model_run_id: `run-${n % 2}`, trial_id: `trial-${n}` };
  return [
    accept('ml.run.metric', { ...trial, step: n, measurements: { [`loss-${n % 3}`]: n, accuracy: 0.5 } }),
    accept('ml.trial.complete', {
      ...trial,
      metrics: { loss: n, accuracy: 1 },
      parameters: { lr: n, net: { depth: 2 } },
      artifact_uri: `s3://models/${n}`,
    }),
  ];
}).flat();

const write = async (list: readonly MlEvent[] = events) => expect(await sink.write(list.map(recordOf))).toEqual([]);

const finalMetrics = () => tables.query('select * from trial_final_metric_values order by 1, 2, 3');

/** The index as it follows from the trials. */
const expectedFinalMetrics = () =>
  tables.query(
    `select m.key as name, t.model_run_id, t.trial_id, t.spectral_norm, m.value::float8 as value
     from cerebros_model_trials t cross join lateral jsonb_each_text(t.metrics) m order by 1, 2, 3`,
  );

const INDEX = ['trial_index', 'trial_index_names', 'trial_parameters', 'trial_final_metrics'];

const ALL = [
  'model_runs',
  'cerebros_model_trials',
  ...INDEX,
  'model_artifacts',
  'trial_metrics',
  'run_metric_names',
  'metric_trials',
  'metric_names',
];

const rows = async (table: string) => (await tables.query(`select from ${table}`)).length;

beforeEach(async () => {
  await tables.query(`truncate ${ALL.filter((table) => !INDEX.includes(table)).join(', ')}`);
  await write();
});

test.each([
  ['one truncate', [`truncate ${ALL.join(', ')}`]],
  ['one truncate in the other order', [`truncate ${ALL.toReversed().join(', ')}`]],
  ['one truncate that restarts the integers', [`truncate ${ALL.join(', ')} restart identity`]],
  ['one truncate of every table there is', [`truncate ${[...ALL, 'metric_keys_epoch'].join(', ')} restart identity`]],
  ['one truncate that cascades', [`truncate ${ALL.join(', ')} cascade`]],
  ['a truncate of each table', ALL.map((table) => `truncate ${table}`)],
  ['a delete from each table', ALL.map((table) => `delete from ${table}`)],
  [
    'deletes and truncates in one transaction',
    ['begin', ...ALL.map((table, n) => `${n % 2 === 0 ? 'truncate' : 'delete from'} ${table}`), 'commit'],
  ],
])('%s empties all tables, and a sink with keys in memory fills them with the same rows', async (_, statements) => {
  const content = await tables.content();
  for (const statement of statements) await tables.query(statement);
  for (const table of ALL) expect({ table, rows: await rows(table) }).toEqual({ table, rows: 0 });
  // Other events first, so that the integers of names and trials are given to others than before.
  await write(events.slice(6));
  await write();
  expect(await tables.content()).toEqual(content);
  expect(await finalMetrics()).toEqual(await expectedFinalMetrics());
});

test.each([
  ['a truncate of the trials', 'truncate cerebros_model_trials', 0],
  ['a delete of some trials', `delete from cerebros_model_trials where model_run_id = 'run-0'`, 6],
  ...INDEX.flatMap((table): [string, string, number][] => [
    [`a truncate of ${table}`, `truncate ${table} restart identity`, 12],
    [`a delete from ${table}`, `delete from ${table}`, 12],
  ]),
  ['a delete of some of the index', 'delete from trial_final_metrics where value > 2', 12],
  ['a truncate of the whole index', `truncate ${INDEX.join(', ')}`, 12],
])('%s leaves the index as the trials have it', async (_, statement, count) => {
  const before = await tables.content();
  await tables.query(statement);
  expect(await finalMetrics()).toEqual(await expectedFinalMetrics());
  expect(await rows('trial_final_metrics')).toBe(count);
  expect(await rows('trial_parameters')).toBe(count);
  if (count === 12) expect(await tables.content()).toEqual(before);
});

test('names of metrics that were removed come back with the next points', async () => {
  const before = await tables.content();
  await tables.query('truncate run_metric_names');
  await write();
  expect(await tables.content()).toEqual(before);
});

test('points written while trials are removed keep their trial', async () => {
  const writing = Array.from({ length: 20 }, () => write());
  const emptying = tables.query(`truncate ${ALL.join(', ')} restart identity`);
  await Promise.all([...writing, emptying]);
  await write();
  const [orphans] = await tables.query<{ count: number }>(
    `select count(*)::int as count from trial_metrics m
     where not exists (select from metric_trials t where t.trial_key = m.trial_key)`,
  );
  expect(orphans).toEqual({ count: 0 });
  expect((await tables.content()).trial_metric_points).toHaveLength(12);
});
