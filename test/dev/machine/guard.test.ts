import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { runGuarded, startGuarded } from '../../../dev/machine/guard.ts';
import { groupAlive } from '../../../dev/machine/process-identity.ts';
import { eventually } from '../../support/eventually.ts';

const folder = mkdtempSync(join(tmpdir(), 'guard-'));
afterAll(() => rmSync(folder, { recursive: true }));

function shell(script: string, name: string, graceSeconds = 1) {
  return {
    file: '/bin/sh',
    args: ['-c', script],
    environment: { PATH: process.env.PATH },
    cwd: folder,
    logPath: join(folder, `${name}.log`),
    pidFile: join(folder, `${name}.json`),
    graceSeconds,
  };
}

test('a stop ends the child and its children, even if both ignore SIGTERM', async () => {
  const child = startGuarded(shell('trap "" TERM; sleep 1000 & echo up; sleep 1000', 'stubborn'));
  await eventually(() => readFileSync(child.logPath, 'utf8').includes('up'));
  await child.stop();
  expect(groupAlive(child.pid)).toBe(false);
  expect(existsSync(join(folder, 'stubborn.json'))).toBe(false);
});

test('a stop waits for a killed process until the kernel has freed its memory', async () => {
  const fat = `${process.execPath} -e "Buffer.alloc(400 << 20, 1); console.log('filled'); setInterval(() => {}, 1000)"`;
  const child = startGuarded(shell(`trap "" TERM; ${fat} & sleep 1000`, 'fat'));
  await eventually(() => readFileSync(child.logPath, 'utf8').includes('filled'));
  await child.stop();
  expect(groupAlive(child.pid)).toBe(false);
});

test('a child that handles the stop signal ends with its own exit code', async () => {
  const child = startGuarded(shell('trap "exit 3" TERM; echo up; while :; do sleep 0.05; done', 'polite', 60));
  await eventually(() => readFileSync(child.logPath, 'utf8').includes('up'));
  await child.stop();
  await expect(child.exited).resolves.toBe('exit code 3');
});

test('the child and its children end when the process that started them is killed', async () => {
  const guard = JSON.stringify(join(import.meta.dirname, '../../../dev/machine/guard.ts'));
  const command = JSON.stringify(shell('trap "" TERM; sleep 1000 & sleep 1000', 'orphan'));
  const script = `const { startGuarded } = await import(${guard}); startGuarded(${command}); setInterval(() => {}, 1000);`;
  const starter = spawn(process.execPath, ['--input-type=module', '--eval', script], { stdio: 'inherit' });
  await eventually(() => existsSync(join(folder, 'orphan.json')));
  const { pid } = JSON.parse(readFileSync(join(folder, 'orphan.json'), 'utf8')) as { pid: number };
  expect(groupAlive(pid)).toBe(true);
  starter.kill('SIGKILL');
  await once(starter, 'exit');
  await eventually(() => !groupAlive(pid));
});

test('the error of a failed command contains the last lines of its log', async () => {
  const failing = runGuarded(
    shell('echo first; echo the reason >&2; exit 7', 'failing'),
    'Fetching the moon',
    new AbortController().signal,
  );
  await expect(failing).rejects.toThrow(
    /^Fetching the moon failed \(exit code 7\); the end of .*failing\.log:\n.*first\n +the reason$/s,
  );
});
