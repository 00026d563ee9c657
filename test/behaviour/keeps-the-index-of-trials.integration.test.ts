import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseExactly } from '../../src/events/exact-number.ts';
import { createLog } from '../../src/log.ts';
import type { Sink } from '../../src/runtime/sink.ts';
import { flatten } from '../../src/sinks/mlflow/flatten.ts';
import { fillTrialIndex } from '../../src/store/fill-trial-index.ts';
import { trialIndex } from '../../src/store/migrations/0016-trial-index.ts';
import { createPool, POOL_TIMEOUTS } from '../../src/store/pool.ts';
import { accept } from '../events/receive.ts';
import { openSink } from '../sinks/postgres/open-sink.ts';
import { recordOf } from '../sinks/postgres/records.ts';
import { Tables } from '../sinks/postgres/tables.ts';
import { eventually } from '../support/eventually.ts';
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
beforeEach(() => tables.empty());

const write = async (...events: Parameters<typeof recordOf>[0][]) => {
  expect(await sink.write(events.map(recordOf))).toEqual([]);
};

const parametersOf = async (trial: string): Promise<ReadonlyMap<string, unknown>> => {
  const rows = await tables.query<{ name: string; num: number | null; bool: boolean | null; txt: string | null }>(
    'select name, num, bool, txt from trial_parameter_values where trial_id = $1',
    [trial],
  );
  return new Map(rows.map(({ name, num, bool, txt }) => [name, num ?? bool ?? txt]));
};

const trial = (id: string, parameters: object, hyperparams?: object) =>
  accept('ml.trial.complete', { model_run_id: 'r', trial_id: id, parameters, ...(hyperparams && { hyperparams }) });

test('a number stays a number, a text a text and a boolean a boolean, nested names are joined by dots', async () => {
  await write(
    trial('t', {
      lr: 0.001,
      optimizer: 'adam',
      text: '0.001',
      amsgrad: true,
      none: null,
      net: { depth: 3, act: { name: 'relu' }, empty: {} },
      'net.depth': 4,
      sizes: [1, 2],
    }),
  );
  expect(Object.fromEntries(await parametersOf('t'))).toEqual({
    lr: 0.001,
    optimizer: 'adam',
    text: '0.001',
    amsgrad: true,
    none: null,
    'net.depth': 4,
    '["net", "depth"]': 3,
    'net.act.name': 'relu',
    'net.empty': '{}',
    sizes: '[1, 2]',
  });
});

test('integers beyond 2^53 keep their digits, long texts and names stay distinct by their hash', async () => {
  const seed = parseExactly('{"seed": 1152921504606846977}') as object;
  await write(
    trial('t', { ...seed, first: `${'x'.repeat(200)}1`, second: `${'x'.repeat(200)}2`, ['n'.repeat(300)]: 1 }),
  );
  const [row] = await tables.query(`select num, txt from trial_parameter_values where name = 'seed'`);
  expect(row).toEqual({ num: 2 ** 60, txt: '1152921504606846977' });
  const found = await parametersOf('t');
  expect(String(found.get('first'))).toMatch(/^x{103}…[0-9a-f]{16}$/);
  expect(found.get('second')).not.toBe(found.get('first'));
  expect([...found.keys()].filter((name) => name.startsWith('nn'))).toEqual([expect.stringMatching(/^n{238}…/)]);
});

test('of more than 500 parameters the first by name are kept and the others counted', async () => {
  await write(
    trial('t', Object.fromEntries(Array.from({ length: 520 }, (_, n) => [`p${String(n).padStart(3, '0')}`, n]))),
  );
  const names = [...(await parametersOf('t')).keys()].sort();
  expect([names.length, names.at(-1)]).toEqual([500, 'p499']);
  expect(await tables.query('select parameters_left_out from trial_index')).toEqual([{ parameters_left_out: 20 }]);
});

test('each of several trials has its own number of parameters that are left out, and a change of it counts', async () => {
  const parameters = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, n) => [`p${n}`, n]));
  const counts = async () =>
    (await tables.query<{ n: number }>('select parameters_left_out as n from trial_index order by trial_id')).map(
      ({ n }) => n,
    );
  await write(trial('a', parameters(510)), trial('b', parameters(3)), trial('c', parameters(501)));
  expect(await counts()).toEqual([10, 0, 1]);
  const later = (id: string, count: number) => ({ ...trial(id, parameters(count)), timestamp: Date.now() + 1_000 });
  await write(later('a', 2), later('b', 520), later('c', 501));
  expect(await counts()).toEqual([0, 20, 1]);
});

const leaf = fc.oneof(
  fc.constantFrom('', 'adam', '0.5', 'é"<&'),
  fc.boolean(),
  fc.integer(),
  fc.constant(null),
  fc.constant([1]),
);
// Two names that are nested equally deep never have the same joined name: which of them keeps it is not the same here as there.
const names = fc.constantFrom('a', 'b', 'c');
const document = fc.dictionary(
  fc.oneof(names, fc.constantFrom('a.b', 'b.a.c')),
  fc.oneof(leaf, fc.dictionary(names, fc.oneof(leaf, fc.dictionary(names, leaf)))),
);

test('the names are those of the MLflow mirror, and a change leaves nothing of the document before', async () => {
  await fc.assert(
    fc.asyncProperty(document, document, document, async (hyperparams, before, after) => {
      await write(trial('t', before));
      await tables.query('update cerebros_model_trials set hyperparams = $1, parameters = $2', [hyperparams, after]);
      const expected = flatten({ ...hyperparams, ...after });
      const names = [...(await parametersOf('t')).keys()].map((name) => name.replaceAll('", "', '","'));
      expect(names.sort()).toEqual([...expected.keys()].sort());
      await tables.query('delete from cerebros_model_trials');
      expect(await tables.query('select from trial_parameters union all select from trial_index')).toHaveLength(0);
    }),
    { numRuns: 60 },
  );
});

test('the index of a database that is older than it is filled while trials change, and from where it stopped', async () => {
  const trials = Array.from({ length: 250 }, (_, n) => `t${String(n).padStart(3, '0')}`);
  await write(
    ...trials.flatMap((id, n) => [
      accept('ml.run.metric', { model_run_id: 'r', trial_id: id, measurements: { [`loss-${n % 3}`]: 1, acc: 2 } }),
      accept('ml.trial.complete', { model_run_id: 'r', trial_id: id, parameters: { n }, metrics: { acc: n } }),
    ]),
  );
  const before = await tables.content();
  await tables.query(trialIndex.down);
  await tables.query(trialIndex.up);
  expect(await tables.query('select from trial_index')).toHaveLength(0);

  await tables.query(`update cerebros_model_trials set parameters = '{"m": 1}' where trial_id in ('t000', 't249')`);
  const pool = createPool({ ...POOL_TIMEOUTS, databaseUrl: world.databaseUrl, poolSize: 2 }, createLog('silent'));
  // Its last batch cannot be read while someone writes to a trial of it.
  await tables.query('begin');
  await tables.query(`select from cerebros_model_trials where trial_id = 't240' for update`);
  const short = { ...POOL_TIMEOUTS, lockTimeoutMs: 100, databaseUrl: world.databaseUrl, poolSize: 1 };
  const interrupted = createPool(short, createLog('silent'));
  const stop = new AbortController();
  const filling = fillTrialIndex(interrupted, createLog('silent'), stop.signal);
  await eventually(async () => {
    const [progress] = await tables.query<{ trial_id: string }>('select trial_id from trial_index_filling');
    return progress?.trial_id !== '';
  });
  stop.abort();
  await filling;
  await interrupted.end();
  await tables.query('commit');
  const filled = (await tables.query('select from trial_index')).length;
  expect(filled).toBeGreaterThan(0);
  expect(filled).toBeLessThan(250);
  await tables.query(`update cerebros_model_trials set parameters = '{"n": 0}' where trial_id = 't000'`);
  await tables.query(`update cerebros_model_trials set parameters = '{"n": 249}' where trial_id = 't249'`);
  await Promise.all([1, 2].map(() => fillTrialIndex(pool, createLog('silent'), AbortSignal.timeout(120_000))));
  await pool.end();
  expect(await tables.query('select is_done from trial_index_filling')).toEqual([{ is_done: true }]);
  const after = await tables.content();
  // The updates above are of a person, so the versions of rows know nothing of them.
  expect({ ...after, cerebros_model_trials: [] }).toEqual({ ...before, cerebros_model_trials: [] });
});

test('names of metrics that an older release has written are listed when a process starts', async () => {
  const points = ['a', 'b'].map((run) =>
    accept('ml.run.metric', { model_run_id: run, trial_id: 't', step: 1, measurements: { loss: 1, accuracy: 2 } }),
  );
  await write(...points);
  const names = () => tables.query('select model_run_id, name from run_metric_names order by 1, 2');
  const before = await names();
  expect(before).toHaveLength(4);
  // An older release writes points and no names.
  await tables.query('delete from run_metric_names');
  const pool = createPool({ ...POOL_TIMEOUTS, databaseUrl: world.databaseUrl, poolSize: 2 }, createLog('silent'));
  await fillTrialIndex(pool, createLog('silent'), AbortSignal.timeout(120_000));
  await pool.end();
  expect(await names()).toEqual(before);
});
