import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import type { Command } from '../../../src/bridge/process/kept-program.ts';
import { createControl } from '../support/control.ts';
import { processesWith } from '../support/processes.ts';
import { ENVIRONMENT, PYTHON } from '../support/python.ts';

/** Longer than the streams of a program are waited for after its end. */
const STALL_MS = 400;
const DEADLINE_MS = 20_000;

const pauseSync = (ms: number): void => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);

/** Nothing else happens in this process until every process of the program has ended, or is a zombie. */
function stallUntilEnded(tag: string): void {
  const deadline = Date.now() + DEADLINE_MS;
  while (processesWith(tag).length > 0 && Date.now() < deadline) pauseSync(10);
}

/** Prints once a file exists, and ends. */
const printer = (gate: string, tag: string): Command => ({
  program: [
    PYTHON,
    '-I',
    '-c',
    'import os, sys, time\nwhile not os.path.exists(sys.argv[1]): time.sleep(0.005)\nprint("result")',
    gate,
    tag,
  ],
  cwd: '/',
  environment: ENVIRONMENT,
  stdin: { text: '' },
  memoryBytes: 0,
  watchBytes: 0,
});

test('a program whose end this process notices late, and before its output, has not lost its output', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'thunderline-test-'));
  const { control } = await createControl();
  const [one, other] = ['one', 'other'].map((name) => ({ gate: join(folder, name), tag: randomUUID() }));
  if (one === undefined || other === undefined) throw new Error('no programs');
  const [first, second] = [
    await control.start(printer(one.gate, one.tag)),
    await control.start(printer(other.gate, other.tag)),
  ];
  let output = '';
  second.stdout.on('data', (chunk: Buffer) => {
    output += chunk;
  });
  first.stdout.once('data', () => {
    // The ends of both are noticed together then, because one has ended; the output of the other was not read yet.
    writeFileSync(other.gate, '');
    stallUntilEnded(other.tag);
    // After the ends are noticed, and before anything more is read.
    setImmediate(() => pauseSync(STALL_MS));
  });
  writeFileSync(one.gate, '');
  stallUntilEnded(one.tag);
  const endings = await Promise.all([first.ended, second.ended]);
  rmSync(folder, { recursive: true });
  expect(endings).toMatchObject([
    { cause: 'exit', code: 0 },
    { cause: 'exit', code: 0 },
  ]);
  expect(output).toBe('result\n');
});

test('a lease that is renewed after the end of a program does not discard its report', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'thunderline-test-'));
  const { control } = await createControl();
  const [gate, tag] = [join(folder, 'gate'), randomUUID()];
  const kept = await control.start(printer(gate, tag));
  writeFileSync(gate, '');
  stallUntilEnded(tag);
  kept.leasedUntil(Number.MAX_SAFE_INTEGER);
  const ending = await kept.ended;
  rmSync(folder, { recursive: true });
  expect(ending).toMatchObject({ cause: 'exit', code: 0 });
});
