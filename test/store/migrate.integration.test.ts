import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { migrate, unmigrate } from '../../src/store/migrate.ts';
import { attempts } from '../../src/store/migrations/0010-attempts.ts';
import { Tables } from '../sinks/postgres/tables.ts';
import { createWorld } from '../support/world.ts';

const world = await createWorld();
const tables = new Tables(world.databaseUrl);

beforeAll(() => tables.open());
afterAll(async () => {
  await tables.close();
  await world.close();
});

const relations = async () =>
  (
    await tables.query<{ relname: string }>(
      `select relname from pg_class c join pg_namespace n on n.oid = relnamespace
       where nspname = 'public' and relkind in ('r', 'p', 'v') and relname not like 'knex%' order by relname`,
    )
  ).map(({ relname }) => relname);

test('processes that migrate at the same time run each step once', async () => {
  const ran = await Promise.all(Array.from({ length: 5 }, () => migrate(world.databaseUrl)));
  const steps = ran.filter((names) => names.length > 0);
  expect(steps).toHaveLength(1);
  expect(await tables.query('select name from knex_migrations order by id')).toEqual(
    steps.flat().map((name) => ({ name })),
  );
});

test('every step can be reverted and run again', async () => {
  const before = await relations();
  expect(before).toEqual(expect.arrayContaining(['cerebros_model_trials', 'trials', 'trial_metric_points']));
  await unmigrate(world.databaseUrl);
  expect(await relations()).toEqual([]);
  await migrate(world.databaseUrl);
  expect(await relations()).toEqual(before);
});

test('a step of a newer version does not prevent a migration', async () => {
  await tables.query(`insert into knex_migrations (name, batch, migration_time) values ('9999-later', 9, now())`);
  expect(await migrate(world.databaseUrl)).toEqual([]);
});

test('tables that a newer version has changed for others are refused, and nothing is migrated', async () => {
  const floor = (step: string) => tables.query('update schema_floor set step = $1', [step]);
  await floor('9998-contract');
  await tables.query(`delete from knex_migrations where name = '0009-comments'`);
  await expect(migrate(world.databaseUrl)).rejects.toThrow(
    /need a version of Thunderline that contains the step 9998-contract/,
  );
  await floor('0001-runs-and-trials');
  expect(await migrate(world.databaseUrl)).toEqual(['0009-comments']);
});

test('a step gives up when another session holds a table for long, and runs once the table is free', async () => {
  const [step] = await tables.query<{ name: string }>(
    `delete from knex_migrations where name = '0009-comments' returning name`,
  );
  expect(step).toBeDefined();
  await tables.query('begin');
  await tables.query('lock table model_runs in share update exclusive mode');
  await expect(migrate(world.databaseUrl)).rejects.toThrow(/cannot migrate the database: .*lock timeout \(55P03\)/s);
  await tables.query('rollback');
  expect(await migrate(world.databaseUrl)).toEqual(['0009-comments']);
});

test('attempts are added without a change of the rows that are there', async () => {
  const { name, down } = attempts;
  await tables.query(down);
  await tables.query('delete from knex_migrations where name = $1', [name]);
  await tables.query(`
    create table trial_metrics_00000 partition of trial_metrics for values from (0) to (65536);
    insert into metric_names (name) values ('loss');
    insert into metric_trials (model_run_id, trial_id) values ('r', 't'), ('r', null);
    insert into cerebros_model_trials (model_run_id, trial_id, status, outcome_version) values ('r', 't', 'running', '1');
    insert into trial_metrics (trial_key, name_key, step, event_id, recorded_at, value)
      select trial_key, name_key, 0, gen_random_uuid(), now(), 1 from metric_trials, metric_names`);
  const files = () =>
    tables.query(`select relname, relfilenode from pg_class where relname ~ '^(cerebros|trial_m)' order by 1`);
  const before = await files();
  expect(before.map(({ relname }) => relname)).toContain('trial_metrics_00000');
  expect(await migrate(world.databaseUrl)).toEqual([name]);
  expect(await files()).toEqual(before);
  for (const relation of ['cerebros_model_trials', 'trials']) {
    expect(await tables.query(`select attempt from ${relation}`)).toEqual([{ attempt: 0 }]);
  }
  for (const view of ['trial_metric_points', 'trial_attempt_points']) {
    expect(await tables.query(`select trial_id, attempt from ${view} order by 1`)).toEqual([
      { trial_id: 't', attempt: 0 },
      { trial_id: null, attempt: 0 },
    ]);
  }
});

describe('the error names the database that cannot be reached', () => {
  test.each([
    ['no server listens', 'postgres://u@127.0.0.1:1/x', /cannot migrate the database: .*ECONNREFUSED/],
    [
      'no such database',
      world.databaseUrl.replace(/\/test_\w+/, '/absent'),
      /cannot migrate the database: .*"absent" does not exist/,
    ],
  ])('%s', async (_, url, message) => {
    await expect(migrate(url)).rejects.toThrow(message);
  });
});

test('the trials have the columns and indexes that others rely on', async () => {
  const columns = await tables.query<{ name: string; type: string }>(
    `select column_name as name, data_type || coalesce('(' || character_maximum_length || ')', '')
       || case is_nullable when 'NO' then ' not null' else '' end
       || coalesce(' default ' || nullif(column_default, 'now()'), '') as type
     from information_schema.columns where table_name = 'cerebros_model_trials'`,
  );
  expect(Object.fromEntries(columns.map(({ name, type }) => [name, type]))).toMatchObject({
    model_run_id: 'text not null',
    trial_id: 'text not null',
    status: 'text not null',
    spectral_norm: 'boolean not null default false',
    mlflow_run_id: 'character varying(255)',
    hyperparams: 'jsonb',
    parameters: 'jsonb',
    metrics: 'jsonb',
    artifact_uri: 'text',
    duration_ms: 'double precision',
    rank: 'integer',
    error_type: 'text',
    error_message: 'text',
    started_at: 'timestamp with time zone',
    completed_at: 'timestamp with time zone',
    attempt: 'integer not null default 0',
  });
  const indexes = await tables.query<{ column: string }>(
    `select a.attname as column from pg_index i join pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]
     where i.indrelid = 'cerebros_model_trials'::regclass`,
  );
  expect(indexes.map(({ column }) => column)).toEqual(expect.arrayContaining(['spectral_norm', 'mlflow_run_id']));
});
