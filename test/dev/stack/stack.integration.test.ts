import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { PARTS_FOLDER } from '../../../dev/stack/folders.ts';
import { startTimeOf } from '../../../dev/stack/process-identity.ts';
import { SILENT } from '../../../dev/stack/progress.ts';
import { type Stack, startStack } from '../../../dev/stack/stack.ts';

// mkdtemp makes a folder that only its owner may enter: as root this is also the test that Postgres' account can.
const home = mkdtempSync(join(tmpdir(), 'stack-'));
const stacks: Stack[] = [];

async function start(notes: string[] = []): Promise<Stack> {
  const stack = await startStack({
    home,
    parts: PARTS_FOLDER,
    environment: { PATH: process.env.PATH },
    progress: { ...SILENT, note: (text) => void notes.push(text) },
    only: ['postgres'],
    portOffset: 20_000,
  });
  stacks.push(stack);
  return stack;
}

async function query(stack: Stack, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: stack.environment.DATABASE_URL });
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

const postmaster = (): number =>
  Number(readFileSync(join(home, 'data/postgres/cluster/postmaster.pid'), 'utf8').split('\n')[0]);

beforeAll(async () => {
  const stack = await start();
  await query(stack, 'create table kept (id int)');
  await stack.stop();
}, 60_000);
afterEach(() => Promise.all(stacks.splice(0).map((stack) => stack.stop())));
afterAll(() => rmSync(home, { recursive: true }));

test('a second start has the data of the first', async () => {
  await expect(query(await start(), 'select count(*)::int from kept')).resolves.toEqual([{ count: 0 }]);
});

test('a stop leaves no process', async () => {
  const stack = await start();
  const pid = postmaster();
  expect(startTimeOf(pid)).toBeDefined();
  await stack.stop();
  expect(startTimeOf(pid)).toBeUndefined();
});

test('a second stack on the same home is refused with the process id of the first', async () => {
  await start();
  await expect(start()).rejects.toThrow(`already runs on ${home} as process ${process.pid}`);
});

test('a taken port moves and says so', async () => {
  const stack = await start();
  const port = Number(new URL(stack.environment.DATABASE_URL ?? '').port);
  const other = mkdtempSync(join(tmpdir(), 'stack-'));
  const notes: string[] = [];
  const progress = { ...SILENT, note: (text: string) => void notes.push(text) };
  const options = {
    parts: PARTS_FOLDER,
    environment: { PATH: process.env.PATH },
    progress,
    only: ['postgres'] as const,
  };
  const second = await startStack({ ...options, home: other, portOffset: port - 5432 });
  const moved = Number(new URL(second.environment.DATABASE_URL ?? '').port);
  await second.stop();
  rmSync(other, { recursive: true });
  expect(moved).toBeGreaterThan(port);
  expect(notes).toEqual([`Port ${port} is taken, so Postgres 18 listens on ${moved}.`]);
}, 60_000);

test('a part that dies is named with the last lines of its log', async () => {
  const stack = await start();
  process.kill(postmaster(), 'SIGTERM');
  const { message } = await stack.failed;
  expect(message).toMatch(/^Postgres 18 ended \(exit code 0\); the end of .*postgres\.log:\n/);
  expect(message).toContain('database system is shut down');
});

test('a start after a crash finds the data', async () => {
  const crashed = await start();
  await query(crashed, 'insert into kept values (1)');
  process.kill(postmaster(), 'SIGKILL');
  await crashed.failed;
  await crashed.stop();
  await expect(query(await start(), 'select id from kept')).resolves.toEqual([{ id: 1 }]);
});
