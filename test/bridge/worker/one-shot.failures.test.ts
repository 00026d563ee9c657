import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Failed } from '../../../src/bridge/worker/workers.ts';
import { mayCreateMemoryGroups, withMemoryGroup } from '../support/memory-group.ts';
import { processesWith } from '../support/processes.ts';
import { createWorkers, failed, NEVER, reported, type TestWorkers, trialCall } from '../support/workers.ts';

let misbehaving: TestWorkers;
beforeAll(async () => {
  misbehaving = await createWorkers('misbehave.py');
});

const attempt = (what: string, changes: Parameters<typeof trialCall>[1] = {}) =>
  misbehaving.workers.run(trialCall({ do: what }, changes), NEVER);

describe('a failure', () => {
  test('by a signal or an exit code is a crash', async () => {
    expect(failed(await attempt('exit_with_code'))).toMatchObject({
      reason: 'crash',
      message: 'ended with exit code 3',
      returnCode: 3,
      output: 'the disk is on fire\n',
    });
    expect(failed(await attempt('segfault'))).toMatchObject({ reason: 'crash', signal: 'SIGSEGV' });
    expect(failed(await attempt('kill_itself')).message).toBe('ended by SIGKILL, which this bridge did not send');
    expect(failed(await attempt('exit_like_a_shell'))).toMatchObject({ reason: 'crash', returnCode: 137 });
  });

  test('by a signal to its keeper is one of the attempt, not of the bridge', async () => {
    expect(failed(await attempt('signal_its_parent'))).toMatchObject({
      reason: 'crash',
      message: 'was ended by a signal to its keeper, which this bridge did not send',
      signal: 'SIGTERM',
      retryable: true,
    });
  });

  test('by an exception has its class, message and traceback, with the cause', async () => {
    const outcome = failed(await attempt('raise_error'));
    expect(outcome).toMatchObject({
      reason: 'exception',
      errorType: 'ValueError',
      message: 'ValueError: bad learning rate\nin two lines',
      retryable: true,
      environmental: false,
      returnCode: 1,
    });
    expect(outcome.traceback).toMatch(/^Traceback[\s\S]*KeyError: 'missing'[\s\S]*direct cause[\s\S]*in two lines$/);
  });

  test('with a long traceback is cut', async () => {
    const outcome = failed(await attempt('raise_long_error'));
    expect(outcome.errorType).toBe('RuntimeError');
    expect(outcome.message.length).toBeLessThanOrEqual(2_000);
    expect(outcome.traceback?.length).toBeLessThanOrEqual(16_384);
  });

  test('by a missing module is one of the host', async () => {
    const outcome = failed(await attempt('missing_module'));
    expect(outcome).toMatchObject({ errorType: 'ModuleNotFoundError', environmental: true, retryable: true });
  });

  test('for memory is of its own class', async () => {
    expect(failed(await attempt('memory_error'))).toMatchObject({ reason: 'memory', errorType: 'MemoryError' });
    const { workers } = await createWorkers('misbehave.py', { BRIDGE_MEMORY_BYTES: '200000000' });
    const outcome = failed(await workers.run(trialCall({ do: 'use_memory' }), NEVER));
    expect(outcome).toMatchObject({ reason: 'memory', signal: 'SIGKILL', retryable: true });
    expect(outcome.message).toBe('needed more than 190 MiB, the limit of BRIDGE_MEMORY_BYTES');
  });

  const testWithGroups = mayCreateMemoryGroups() ? test : test.skip;

  testWithGroups("by the kernel's out-of-memory killer is of that class too", () =>
    withMemoryGroup(100_000_000, async (group) => {
      const outcome = failed(await misbehaving.workers.run(trialCall({ do: 'exhaust_group', group }), NEVER));
      expect(outcome).toMatchObject({ reason: 'memory', signal: 'SIGKILL', retryable: true });
      expect(outcome.message).toContain("kernel's out-of-memory killer");
    }),
  );

  test('for 100 MB of output comes long before their end', async () => {
    const outcome = failed(await attempt('print_much'));
    expect(outcome).toMatchObject({ reason: 'output_too_large', signal: 'SIGKILL' });
    expect(outcome.output.length).toBeLessThan(70_000);
  });
});

test('20 MB of log leave its start and its end', async () => {
  const { output } = reported(await attempt('log_much'));
  expect(output.startsWith('start ')).toBe(true);
  expect(output).toContain('bytes omitted');
  expect(output).toContain(' end\n{"trials"');
  expect(output.length).toBeLessThan(66_000);
});

describe('a timeout', () => {
  /** Python must have started by then, on a busy machine too. */
  const timeoutMs = 10_000;
  const ends = new Map<string, Failed>();
  beforeAll(async () => {
    const { workers } = await createWorkers('misbehave.py', { BRIDGE_WORKERS: '3' });
    const run = async (what: string): Promise<void> =>
      void ends.set(what, failed(await workers.run(trialCall({ do: what }, { timeoutMs }), NEVER)));
    await Promise.all(['sleep', 'ignore_term', 'answer_after_term'].map(run));
  });

  test.each([
    ['sleep', 'SIGTERM'],
    ['ignore_term', 'SIGKILL'],
  ])('ends a worker that does %s by %s', (what, signal) => {
    expect(ends.get(what)).toMatchObject({
      reason: 'timeout',
      signal,
      retryable: true,
      message: 'did not end within 10000 ms',
      output: 'sleeping\n',
    });
  });

  test('stands, whatever the worker answers afterwards', () => {
    const outcome = ends.get('answer_after_term');
    expect(outcome).toMatchObject({ reason: 'timeout', returnCode: 0 });
    expect(outcome?.output).toContain('"succeeded"');
  });
});

test('a grandchild that holds STDOUT delays nothing and is killed', async () => {
  const tag = randomUUID();
  reported(await misbehaving.workers.run(trialCall({ do: 'leave_a_grandchild', tag }), NEVER));
  expect(processesWith(tag)).toEqual([]);
  expect((await misbehaving.metrics.bridgeStrays.get()).values[0]?.value).toBeGreaterThanOrEqual(1);
});

describe('a configuration error', () => {
  const folder = mkdtempSync(join(tmpdir(), 'thunderline-script-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const text = join(folder, 'not-executable');
  writeFileSync(text, 'hello', { mode: 0o644 });

  test.each([
    [
      'a missing script',
      { CEREBROS_SCRIPT_PATH: '/nonexistent/s.py' },
      'script /nonexistent/s.py of CEREBROS_SCRIPT_PATH does not exist',
    ],
    [
      'a directory as script',
      { CEREBROS_SCRIPT_PATH: folder },
      `script ${folder} of CEREBROS_SCRIPT_PATH is a directory`,
    ],
    [
      'a missing directory',
      { CEREBROS_REPO_PATH: '/nonexistent' },
      'directory /nonexistent of CEREBROS_REPO_PATH does not exist',
    ],
    ['a file as directory', { CEREBROS_REPO_PATH: text }, 'of CEREBROS_REPO_PATH is not a directory'],
    [
      'a missing interpreter',
      { CEREBROS_PYTHON: '/nonexistent/python' },
      'interpreter /nonexistent/python of CEREBROS_PYTHON does not exist',
    ],
    [
      'an unknown interpreter',
      { CEREBROS_PYTHON: 'python-none' },
      'interpreter python-none of CEREBROS_PYTHON is in no directory of PATH',
    ],
    ['a text as interpreter', { CEREBROS_PYTHON: text }, 'of CEREBROS_PYTHON is not executable'],
    [
      'another program as interpreter',
      { CEREBROS_PYTHON: '/bin/cat' },
      'interpreter /bin/cat of CEREBROS_PYTHON does not run',
    ],
  ])('of %s names it and its setting, and forbids a retry', async (_, settings, message) => {
    const { workers } = await createWorkers('misbehave.py', settings);
    const outcome = failed(await workers.run(trialCall({ do: 'succeed' }), NEVER));
    expect(outcome).toMatchObject({ reason: 'configuration', retryable: false, environmental: true });
    expect(outcome.message).toContain(message);
  });
});
