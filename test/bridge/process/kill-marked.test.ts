import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { afterEach, expect, test } from '@jest/globals';
import { bridgeOfMark, MARK, markOf, thisBridge } from '../../../src/bridge/process/keeper-mark.ts';
import { killMarked, markedProcesses, sweep } from '../../../src/bridge/process/kill-marked.ts';

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

async function sleeper(mark: string): Promise<ChildProcess> {
  const child = spawn('sleep', ['600'], { env: { ...process.env, [MARK]: mark } });
  children.push(child);
  await once(child, 'spawn');
  return child;
}

test('a mark names its bridge', () => {
  const bridge = { namespace: '4026531836', pid: 42, startTime: '1234' };
  expect(bridgeOfMark(markOf(bridge, randomUUID()))).toEqual(bridge);
  for (const text of ['', 'x', '1:2', `a:${markOf(bridge, 'k')}`]) expect(bridgeOfMark(text)).toBeUndefined();
});

test('marked processes are found and killed, others are not', async () => {
  const mark = markOf(thisBridge(), randomUUID());
  const [mine, other] = [await sleeper(mark), await sleeper(markOf(thisBridge(), randomUUID()))];
  expect(await markedProcesses((found) => found === mark)).toEqual([mine.pid]);
  expect(await killMarked((found) => found === mark)).toBe(1);
  expect(mine.signalCode).toBe('SIGKILL');
  expect(other.signalCode).toBeNull();
});

test('a sweep kills what an ended bridge left, and spares living bridges and other namespaces', async () => {
  const bridge = thisBridge();
  const ended = await sleeper(markOf({ ...bridge, startTime: '1' }, randomUUID()));
  const living = await sleeper(markOf(bridge, randomUUID()));
  const elsewhere = await sleeper(markOf({ namespace: '7', pid: 1, startTime: '1' }, randomUUID()));
  expect(await sweep()).toBeGreaterThanOrEqual(1);
  expect(ended.signalCode).toBe('SIGKILL');
  expect([living.signalCode, elsewhere.signalCode]).toEqual([null, null]);
});
