import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { migrate } from '../../src/store/migrate.ts';
import { findExperiments, forgetExperiment, keepExperiment } from '../../src/store/tables/mlflow-experiments.ts';
import {
  finishSuperseded,
  intendRun,
  LinkChanged,
  linkRun,
  markDeleted,
  markGone,
  supersedeRuns,
  takeOverRun,
  withdrawIntent,
} from '../../src/store/tables/mlflow-link-states.ts';
import { adoptRuns, deletedRuns, type FoundRun, findLinks, listLinks } from '../../src/store/tables/mlflow-links.ts';
import { saveVersions, saveWritten } from '../../src/store/tables/mlflow-progress.ts';
import { createWorld } from '../support/world.ts';

const world = await createWorld();
await migrate(world.databaseUrl);
const pool = new pg.Pool({ connectionString: world.databaseUrl, max: 2 });
afterAll(async () => {
  await pool.end();
  await world.close();
});
beforeEach(() => pool.query('truncate mlflow_links, mlflow_experiments'));

const KEY = '00000000-0000-5000-8000-000000000001';
const SUBJECT = { key: KEY, model_run_id: 'r', trial_id: 't' };
const EXPERIMENT = { model_run_id: 'r', experiment_id: '7', listed: true, made_at: new Date(1_000), restoring: false };
const RUN = { key: KEY, run_id: 'run-1', experiment_id: '7', startedAtMs: 1_000 };

const found = (run: Partial<FoundRun> = {}): FoundRun => ({
  ...RUN,
  model_run_id: 'r',
  trial_id: 't',
  state: 'linked',
  origin: 'mirror',
  ...run,
});
const link = async (timeoutMs = 60_000) => (await findLinks(pool, [KEY], timeoutMs)).get(KEY);

describe('an intent', () => {
  test('is stated once: another process that has not seen it is too late', async () => {
    await intendRun(pool, SUBJECT, '7', undefined);
    expect(await link()).toMatchObject({ state: 'creating', run_id: null, create_is_recent: true });
    await expect(intendRun(pool, SUBJECT, '7', undefined)).rejects.toThrow(LinkChanged);
  });

  test('is stated again by one of the processes that have seen it', async () => {
    await intendRun(pool, SUBJECT, '7', undefined);
    const seen = await link();
    await intendRun(pool, SUBJECT, '8', seen?.create_sent_at);
    await expect(intendRun(pool, SUBJECT, '9', seen?.create_sent_at)).rejects.toThrow(LinkChanged);
    expect(await link()).toMatchObject({ experiment_id: '8' });
  });

  test('that was withdrawn has sent no call', async () => {
    const sentAt = await intendRun(pool, SUBJECT, '7', undefined);
    await withdrawIntent(pool, KEY, sentAt);
    expect(await link()).toMatchObject({ state: 'creating', create_sent_at: null, create_is_recent: false });
  });

  test('is not withdrawn by a process whose call was before it', async () => {
    await intendRun(pool, SUBJECT, '7', undefined);
    await pool.query("update mlflow_links set create_sent_at = now() - interval '1 minute'");
    const before = (await link())?.create_sent_at as Date;
    const sentAt = await intendRun(pool, SUBJECT, '7', before);
    await withdrawIntent(pool, KEY, before);
    expect(await link()).toMatchObject({ state: 'creating', create_sent_at: sentAt });
  });

  test('is not recent once its call has timed out', async () => {
    await intendRun(pool, SUBJECT, '7', undefined);
    await pool.query("update mlflow_links set create_sent_at = now() - interval '31 seconds'");
    expect((await link(32_000))?.create_is_recent).toBe(true);
    expect((await link(30_000))?.create_is_recent).toBe(false);
  });

  test('is completed by one run only', async () => {
    await intendRun(pool, SUBJECT, '7', undefined);
    await linkRun(pool, RUN, { outcome: '1' });
    await expect(linkRun(pool, { ...RUN, run_id: 'run-2' }, {})).rejects.toThrow(LinkChanged);
    expect(await link()).toMatchObject({ state: 'linked', run_id: 'run-1', versions: { outcome: '1' } });
  });
});

describe('the run of a client', () => {
  test('replaces the run of the mirror, which is to be deleted', async () => {
    await adoptRuns(pool, [found()]);
    await saveVersions(pool, RUN, { outcome: '1' });
    expect(await takeOverRun(pool, found({ run_id: 'theirs' }), '21')).toBe(true);
    const replaced = { superseded: ['run-1'], unfinished: ['run-1'], versions: { mlflow: '21' }, written: {} };
    expect(await link()).toMatchObject({ origin: 'client', run_id: 'theirs', ...replaced });
    await finishSuperseded(pool, KEY, 'run-1');
    expect(await link()).toMatchObject({ superseded: ['run-1'], unfinished: [] });
  });

  test('is taken over once, and replaces another one of the client without its deletion', async () => {
    await takeOverRun(pool, found({ run_id: 'parent' }), '21');
    await takeOverRun(pool, found({ run_id: 'nested' }), '22');
    await takeOverRun(pool, found({ run_id: 'nested' }), '22');
    expect(await link()).toMatchObject({ run_id: 'nested', superseded: [], unfinished: [] });
  });

  test('does not replace one that a later statement named', async () => {
    await takeOverRun(pool, found({ run_id: 'nested' }), '22');
    expect(await takeOverRun(pool, found({ run_id: 'parent' }), '21')).toBe(true);
    expect(await link()).toMatchObject({ run_id: 'nested', versions: { mlflow: '22' } });
  });

  test('is not linked to two trials', async () => {
    await takeOverRun(pool, found(), '21');
    const other = { key: '00000000-0000-5000-8000-000000000002', trial_id: 'u' };
    expect(await takeOverRun(pool, found(other), '21')).toBe(false);
  });
});

test('a run that is gone is created again, and receives the points of the tables', async () => {
  await adoptRuns(pool, [found()]);
  await saveWritten(pool, 'topic/0', [{ key: KEY, run_id: 'run-1', ranges: [[0, 9]], lastPoint: KEY }]);
  expect(await link()).toMatchObject({ written: { 'topic/0': [[0, 9]] } });
  await markGone(pool, KEY, 'another run');
  expect(await link()).toMatchObject({ run_id: 'run-1' });
  await markGone(pool, KEY, 'run-1');
  const state = { state: 'creating', run_id: null, backfill: true, written: {}, create_is_recent: false };
  expect(await link()).toMatchObject(state);
  // A writer that has not noticed yet states nothing about the next run.
  await saveWritten(pool, 'topic/0', [{ key: KEY, run_id: 'run-1', ranges: [[0, 9]], lastPoint: KEY }]);
  await saveVersions(pool, RUN, { outcome: '2' });
  expect(await link()).toMatchObject({ written: {}, versions: {} });
});

test('runs that must stay deleted are those of persons and those that were replaced', async () => {
  const key = (digit: number) => `00000000-0000-5000-8000-00000000000${digit}`;
  await adoptRuns(pool, [
    found(),
    found({ key: key(2), trial_id: 'u', run_id: 'run-2' }),
    found({ key: key(3), trial_id: null, run_id: 'run-3', state: 'deleted' }),
    found({ key: key(4), trial_id: 'v', run_id: 'run-4', state: 'deleted', experiment_id: '8' }),
  ]);
  await markDeleted(pool, key(2), 'run-2');
  await supersedeRuns(pool, KEY, ['old-1', 'old-2']);
  expect([...(await deletedRuns(pool, '7'))].sort()).toEqual(['old-1', 'old-2', 'run-2', 'run-3']);
});

test('links are listed page by page, of one run or of all', async () => {
  const runs = Array.from({ length: 5 }, (_, digit) =>
    found({
      key: `00000000-0000-5000-8000-00000000000${digit}`,
      model_run_id: digit < 3 ? 'r' : 's',
      trial_id: String(digit),
      run_id: String(digit),
    }),
  );
  await adoptRuns(pool, runs);
  const after = '00000000-0000-0000-0000-000000000000';
  const page = await listLinks(pool, { run: 'r', after, limit: 2 });
  expect(page.map(({ run_id }) => run_id)).toEqual(['0', '1']);
  const next = await listLinks(pool, { run: 'r', after: page[1]?.key ?? '', limit: 2 });
  expect(next.map(({ run_id }) => run_id)).toEqual(['2']);
  expect(await listLinks(pool, { run: undefined, after, limit: 10 })).toHaveLength(5);
});

describe('an experiment that loses links is not listed any more', () => {
  test.each(['truncate mlflow_links', "delete from mlflow_links where model_run_id = 'r'"])('by %s', async (sql) => {
    await keepExperiment(pool, EXPERIMENT);
    await keepExperiment(pool, { ...EXPERIMENT, model_run_id: 's', experiment_id: '8' });
    await adoptRuns(pool, [found()]);
    await pool.query(sql);
    expect(await findExperiments(pool, ['r'])).toEqual([{ ...EXPERIMENT, listed: false }]);
    expect((await findExperiments(pool, ['s']))[0]?.listed).toBe(!sql.startsWith('truncate'));
  });

  test('and is forgotten only if it is the one that is gone', async () => {
    await keepExperiment(pool, EXPERIMENT);
    await forgetExperiment(pool, { ...EXPERIMENT, experiment_id: '6' });
    expect(await findExperiments(pool, ['r'])).toHaveLength(1);
    await forgetExperiment(pool, EXPERIMENT);
    expect(await findExperiments(pool, ['r'])).toEqual([]);
  });
});
