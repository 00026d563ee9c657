import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { startTimeOf } from '../../../dev/machine/process-identity.ts';
import { type Progress, SILENT } from '../../../dev/machine/progress.ts';
import { writeEnvFile } from '../../../dev/stack/env-file.ts';
import { PARTS_FOLDER } from '../../../dev/stack/folders.ts';
import { freePort } from '../../../dev/stack/ports.ts';
import { type Stack, startStack } from '../../../dev/stack/stack.ts';
import * as support from '../../support/query.ts';

// mkdtemp creates a folder that only its owner may enter: for root this also tests that the account of Postgres can.
const home = mkdtempSync(join(tmpdir(), 'stack-'));
const stacks: Stack[] = [];

async function start(
  notes: string[] = [],
  environment: NodeJS.ProcessEnv = { PATH: process.env.PATH },
): Promise<Stack> {
  const stack = await startStack({
    home,
    parts: PARTS_FOLDER,
    environment,
    progress: { ...SILENT, note: (text) => void notes.push(text) },
    only: ['postgres'],
    portOffset: 20_000,
  });
  stacks.push(stack);
  return stack;
}

const query = async (stack: Stack, sql: string): Promise<unknown[]> =>
  (await support.query(stack.environment.DATABASE_URL ?? '', sql)).rows;

const postmaster = (): number =>
  Number(readFileSync(join(home, 'data/postgres/cluster/postmaster.pid'), 'utf8').split('\n')[0]);

beforeAll(async () => {
  const stack = await start();
  await query(stack, 'create table kept (id int)');
  await stack.stop();
});
afterEach(() => Promise.all(stacks.splice(0).map((stack) => stack.stop())));
afterAll(() => rmSync(home, { recursive: true }));

test('a second start finds the data of the first', async () => {
  await expect(query(await start(), 'select count(*)::int from kept')).resolves.toEqual([{ count: 0 }]);
});

test('no process is left after a stop', async () => {
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

/** A second stack on another home, which is stopped and removed after the test. */
async function startOther(portOffset: number, progress: Progress): Promise<Stack> {
  const other = mkdtempSync(join(tmpdir(), 'stack-'));
  const stack = await startStack({
    home: other,
    parts: PARTS_FOLDER,
    environment: { PATH: process.env.PATH },
    progress,
    only: ['postgres'],
    portOffset,
  });
  stacks.push({ ...stack, stop: () => stack.stop().then(() => rmSync(other, { recursive: true, force: true })) });
  return stack;
}

const portOf = (stack: Stack): number => Number(new URL(stack.environment.DATABASE_URL ?? '').port);

test('a taken port moves to the next one and is reported', async () => {
  const port = portOf(await start());
  const notes: string[] = [];
  const moved = portOf(await startOther(port - 5432, { ...SILENT, note: (text) => void notes.push(text) }));
  expect(moved).toBeGreaterThan(port);
  expect(notes).toEqual([`Port ${port} is taken, so Postgres 18 listens on ${moved}.`]);
});

test('a part whose port is taken while it starts gets another one', async () => {
  const wanted = await freePort(31_000);
  const thief = createServer();
  let stealing = false;
  const steal = (): void => {
    thief.once('error', () => setImmediate(steal));
    thief.listen({ port: wanted, host: '127.0.0.1', exclusive: true });
  };
  const notes: string[] = [];
  const progress = {
    ...SILENT,
    note: (text: string) => void notes.push(text),
    report: (_part: string, doing: string) => {
      // The port is still held; the first try after its release succeeds, long before Postgres binds it.
      if (doing !== 'starting' || stealing) return;
      stealing = true;
      steal();
    },
  };
  try {
    const stack = await startOther(wanted - 5432, progress);
    expect(notes).toEqual([`Another program has taken port ${wanted}, so Postgres 18 listens on ${portOf(stack)}.`]);
    await expect(query(stack, 'select 1 as one')).resolves.toEqual([{ one: 1 }]);
  } finally {
    thief.close();
  }
});

test('a shell with the addresses of a stopped stack starts the parts again', async () => {
  const first = await start();
  writeEnvFile(home, first.environment);
  const loaded = { PATH: process.env.PATH, ...first.environment, THUNDERLINE_STACK: home };
  await first.stop();
  const notes: string[] = [];
  const second = await start(notes, loaded);
  await expect(query(second, 'select 1 as one')).resolves.toEqual([{ one: 1 }]);
  expect(notes).toEqual(['This shell has the addresses of a stack that has stopped; starting postgres again.']);
});

test('the error of a part that dies contains the last lines of its log', async () => {
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
