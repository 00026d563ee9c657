import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Sink } from '../../src/runtime/sink.ts';
import { accept } from '../events/receive.ts';
import { openSink } from '../sinks/postgres/open-sink.ts';
import { recordOf } from '../sinks/postgres/records.ts';
import { Tables } from '../sinks/postgres/tables.ts';
import { eventually } from '../support/eventually.ts';
import { createWorld } from '../support/world.ts';

const world = await createWorld();
const database = new URL(world.databaseUrl).pathname.slice(1);
const tables = new Tables(world.databaseUrl);
let sink: Sink;

beforeAll(async () => {
  sink = await openSink(world.databaseUrl, { statementTimeoutMs: 10_000, lockTimeoutMs: 5_000 });
  await tables.open();
});
beforeEach(() => tables.empty());
afterAll(async () => {
  await tables.close();
  await sink.close();
  await world.close();
});

const batch = (run = 'r', count = 50) =>
  Array.from({ length: count }, (_, step) =>
    recordOf(accept('ml.run.metric', { model_run_id: run, trial_id: `t${step % 5}`, step, measurements: { loss: 1 } })),
  );

const points = async () => (await tables.query<{ n: number }>('select count(*)::int as n from trial_metrics'))[0]?.n;

/** Writes a batch, as the loop does: again, when one of the connections in the pool turns out to be broken. */
const writeAtLast = (records = batch()) => eventually(async () => (await sink.write(records)).length === 0);

/** The sink neither loses nor refuses anything: it throws while the trouble lasts, and then the same batch is taken. */
async function expectWaits(trouble: RegExp, heal: () => Promise<unknown>, records = batch()): Promise<void> {
  await eventually(async () => trouble.test(String(await sink.write(records).catch((error: Error) => error.message))));
  expect(await points()).toBe(0);
  await heal();
  await writeAtLast(records);
  expect(await points()).toBe(records.length);
}

const terminateOthers = () =>
  tables.query(
    'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
  );

test('a batch waits for a lock that is held', async () => {
  await sink.write(batch());
  await tables.empty();
  await tables.query('begin');
  await tables.query('lock table cerebros_model_trials in access exclusive mode');
  await expectWaits(/lock timeout \(55P03\)/, () => tables.query('commit'));
});

test('a batch waits when a statement takes too long', async () => {
  await tables.query(
    `create function slow() returns trigger language plpgsql as 'begin perform pg_sleep(30); return new; end'`,
  );
  await tables.query('create trigger slow before insert on model_runs for each row execute function slow()');
  await expectWaits(/statement timeout \(57014\)/, () => tables.query('drop function slow cascade'));
});

test('idle connections that were terminated are replaced', async () => {
  await sink.write(batch('other'));
  await tables.empty();
  await terminateOthers();
  // Whether the pool has noticed yet is a matter of luck: either way nothing is lost and the process lives.
  await sink.write(batch()).catch((error: unknown) => expect(String(error)).toMatch(/57P01|terminat/));
  await writeAtLast();
});

test('a batch is written again after its backend was terminated', async () => {
  await tables.query('begin');
  await tables.query('lock table trial_metrics in access exclusive mode');
  const writing = expect(sink.write(batch())).rejects.toThrow(/57P01|terminat/);
  await eventually(async () => {
    const waiting = await tables.query(
      `select l.pid from pg_locks l join pg_database d on d.oid = l.database
       where not l.granted and d.datname = current_database()`,
    );
    return waiting.length > 0;
  });
  await terminateOthers();
  await writing;
  await tables.query('rollback');
  expect(await points()).toBe(0);
  expect(await tables.query('select from model_runs')).toEqual([]);
  await writeAtLast();
});

test('a batch waits while the database is read-only', async () => {
  await tables.query(`alter database ${database} set default_transaction_read_only = on`);
  await terminateOthers();
  const heal = async () => {
    await tables.query('set default_transaction_read_only = off');
    await tables.query(`alter database ${database} reset default_transaction_read_only`);
    await terminateOthers();
  };
  // Right after the connections went, one of them may be met once more.
  await sink.write([]);
  await expect(sink.write(batch())).rejects.toThrow();
  await expectWaits(/read-only transaction \(25006\)/, heal);
});

test('a batch waits while no connection is available', async () => {
  // Limits do not hold for superusers, as the test's own role is one.
  const role = `limited_${database}`;
  await tables.query(`create role ${role} login password 'limited'`);
  await tables.query(`grant all on all tables in schema public to ${role}`);
  const url = new URL(world.databaseUrl);
  url.username = role;
  url.password = 'limited';
  const limited = await openSink(url.href);
  try {
    await writeAtLast();
    await tables.empty();
    await tables.query(`alter role ${role} connection limit 0`);
    await terminateOthers();
    await expect(limited.write(batch())).rejects.toThrow();
    await expect(limited.write(batch())).rejects.toThrow(/\(53300\)/);
    await tables.query(`alter role ${role} connection limit -1`);
    await eventually(async () => (await limited.write(batch())).length === 0);
    expect(await points()).toBe(50);
  } finally {
    await limited.close();
    await tables.query(`drop owned by ${role}; drop role ${role}`);
  }
});

test('a partition that was dropped is created again', async () => {
  await writeAtLast();
  await tables.query('drop table trial_metrics_00000');
  await expectWaits(/no partition/, async () => undefined);
});

describe('a server that does not respond', () => {
  test('is named in the error when the sink opens', async () => {
    await expect(openSink('postgres://user@127.0.0.1:1/nothing')).rejects.toThrow(
      /cannot migrate the database: .*ECONNREFUSED/,
    );
  });

  test('does not end the process when its connections break', async () => {
    const other = await openSink(world.databaseUrl);
    await terminateOthers();
    await other.close();
  });
});
