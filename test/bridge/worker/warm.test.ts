import { randomUUID } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import type { WorkerCall } from '../../../src/bridge/worker/workers.ts';
import { counted } from '../../support/counted.ts';
import { eventually } from '../../support/eventually.ts';
import { ENVIRONMENT } from '../support/python.ts';
import { createWorkers, failed, NEVER, reported, type TestWorkers, trialCall } from '../support/workers.ts';

const warm = (settings: Readonly<Record<string, string>> = {}, environment: Readonly<Record<string, string>> = {}) =>
  createWorkers(
    'warm.py',
    { BRIDGE_MODE: 'warm', BRIDGE_WORKERS: '1', ...settings },
    { ...ENVIRONMENT, ...environment },
  );

/** A busy machine may let a worker wait for seconds. */
const HEARTBEAT_MS = 8_000;

const call = (what: string, changes: Partial<WorkerCall> = {}): WorkerCall =>
  trialCall({ do: what }, { commandId: randomUUID(), ...changes });

const run = ({ workers }: TestWorkers, what: string, changes: Partial<WorkerCall> = {}) =>
  workers.run(call(what, changes), NEVER);

/** The identity of the process that ran a command well. */
async function processOf(opened: TestWorkers, what = 'succeed'): Promise<unknown> {
  return reported(await run(opened, what)).trials[0]?.parameters.process;
}

const restarts = async ({ metrics }: TestWorkers) =>
  Object.fromEntries((await counted(metrics.bridgeWarmRestarts)).map(({ labels, value }) => [labels.reason, value]));

describe('a warm worker', () => {
  test('runs command after command in one process', async () => {
    const opened = await warm();
    const outcome = reported(await run(opened, 'succeed'));
    expect(outcome.output).toBe('training trial-1\n');
    expect(outcome.trials).toMatchObject([{ status: 'succeeded', metrics: { loss: Number.NaN, seed: 2 ** 60 } }]);
    expect(await processOf(opened)).toBe(outcome.trials[0]?.parameters.process);
    expect(await restarts(opened)).toEqual({});
  });

  test('gets every member of a command', async () => {
    const opened = await warm();
    const commandId = randomUUID();
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const { trials } = reported(await run(opened, 'report_line', { commandId, traceparent, status: 'succeeded' }));
    expect(trials[0]?.parameters).toEqual({
      command_id: commandId,
      op: 'run_trial',
      run_id: 'run-1',
      trial_id: 'trial-1',
      correlation: 'correlation-1',
      status: 'succeeded',
      attempt: 2,
      traceparent: expect.stringMatching(/^00-0af7651916cd43dd8448eb211c80319c-[0-9a-f]{16}-01$/),
      timeout_ms: 50_000,
    });
  });

  test('has a GPU of its own', async () => {
    const opened = await warm({ BRIDGE_GPUS: '3,5' });
    const outcomes = await Promise.all([run(opened, 'succeed'), run(opened, 'succeed')]);
    expect(outcomes.map((outcome) => reported(outcome).trials[0]?.parameters.gpu).sort()).toEqual(['3', '5']);
  });

  test('that raises an exception goes on', async () => {
    const opened = await warm();
    const first = await processOf(opened);
    const outcome = failed(await run(opened, 'raise_error'));
    expect(outcome).toMatchObject({
      reason: 'exception',
      errorType: 'ValueError',
      message: 'ValueError: bad',
      retryable: true,
    });
    expect(outcome.output).toBe('about to fail\n');
    expect(outcome.traceback?.length).toBeLessThanOrEqual(16_384);
    expect(await processOf(opened)).toBe(first);
  });

  test('asks whether to prune', async () => {
    const opened = await warm();
    const seen: [number, number][] = [];
    const report = async (step: number, value: number): Promise<boolean> => {
      seen.push([step, value]);
      return step === 2;
    };
    const { trials } = reported(await run(opened, 'prune', { report }));
    expect(trials).toMatchObject([{ status: 'skipped', parameters: { step: 2 } }]);
    expect(seen).toEqual([
      [0, Number.POSITIVE_INFINITY],
      [1, 0.1],
      [2, 0.2],
    ]);
  });

  test('prunes nothing while the study fails, or without one', async () => {
    const opened = await warm();
    const report = (): Promise<boolean> => Promise.reject(new Error('Optuna is unavailable'));
    expect(reported(await run(opened, 'prune', { report })).trials[0]?.status).toBe('succeeded');
    expect(reported(await run(opened, 'prune')).trials[0]?.status).toBe('succeeded');
  });
});

describe('a warm worker is replaced', () => {
  test('after its number of commands', async () => {
    const opened = await warm({ BRIDGE_WARM_COMMANDS: '2' });
    const all = [await processOf(opened), await processOf(opened), await processOf(opened)];
    expect([all[1] === all[0], all[2] === all[0]]).toEqual([true, false]);
    expect(await restarts(opened)).toEqual({ commands: 1 });
  });

  test('when it has become large', async () => {
    const opened = await warm({ BRIDGE_WARM_BYTES: '100000000' });
    const first = await processOf(opened, 'grow');
    // Its keeper looks at its memory once a second, or less often on a busy machine.
    await eventually(async () => (await processOf(opened)) !== first);
    expect(await restarts(opened)).toEqual({ memory: 1 });
  });

  test('when it has died idle', async () => {
    const opened = await warm();
    const first = await processOf(opened);
    await run(opened, 'answer_twice');
    await eventually(async () => (await processOf(opened)) !== first);
  });

  test.each<[string, string, Readonly<Record<string, string>>, Partial<WorkerCall>]>([
    ['hang', 'hang', { BRIDGE_HEARTBEAT_MS: String(HEARTBEAT_MS) }, {}],
    ['sleep', 'timeout', { BRIDGE_HEARTBEAT_MS: String(HEARTBEAT_MS) }, { timeoutMs: HEARTBEAT_MS + 2_000 }],
    ['answer_after_term', 'timeout', {}, { timeoutMs: 500 }],
    ['die', 'crash', {}, {}],
    ['leave', 'no_result', {}, {}],
    ['garbage', 'invalid_result', {}, {}],
    ['error_of_objects', 'invalid_result', {}, {}],
    ['half_a_line', 'no_result', {}, {}],
    ['long_line', 'output_too_large', {}, {}],
    ['answer_another', 'invalid_result', {}, {}],
    ['flood_reports', 'invalid_result', {}, { report: () => new Promise(() => {}) }],
    ['grow_and_stay', 'memory', { BRIDGE_MEMORY_BYTES: '100000000' }, {}],
  ])('after the failure %s, of the class %s', async (what, reason, settings, changes) => {
    const opened = await warm(settings);
    const first = await processOf(opened);
    expect(failed(await run(opened, what, changes))).toMatchObject({ reason, retryable: true });
    expect(await processOf(opened)).not.toBe(first);
    expect(await restarts(opened)).toEqual({ ended: 1 });
  });

  test('and not after a result that breaks its contract', async () => {
    const opened = await warm();
    const first = await processOf(opened);
    expect(failed(await run(opened, 'break_contract')).reason).toBe('invalid_result');
    expect(await processOf(opened)).toBe(first);
  });
});

test('a stall of this process is not taken for one of the worker', async () => {
  const opened = await warm({ BRIDGE_HEARTBEAT_MS: String(HEARTBEAT_MS) });
  const [started, cancelling] = [Promise.withResolvers<void>(), new AbortController()];
  const running = opened.workers.run(call('sleep', { started: started.resolve }), cancelling.signal);
  await started.promise;
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, HEARTBEAT_MS + 500);
  // Two turns: in the first, the timers come before the heartbeats that have arrived meanwhile.
  for (let turns = 0; turns < 2; turns += 1) await new Promise<void>((resolve) => setImmediate(resolve));
  cancelling.abort();
  expect(failed(await running).reason).toBe('cancelled');
});

describe('a warm worker that does not become ready', () => {
  test.each([
    ['exit', 'no_result', 'before its ready line; does it support --serve?'],
    ['import', 'exception', "ModuleNotFoundError: No module named 'no_such_module'"],
    ['silent', 'timeout', 'ready line within 1500 ms (BRIDGE_START_MS)'],
    ['old', 'configuration', 'speaks the protocol 0'],
    ['one-shot', 'configuration', 'set BRIDGE_MODE=oneshot'],
  ])('%s fails the command as %s', async (start, reason, message) => {
    const opened = await warm({ BRIDGE_START_MS: start === 'silent' ? '1500' : '50000' }, { WARM_START: start });
    for (let i = 0; i < 2; i += 1) {
      const outcome = failed(await run(opened, 'succeed'));
      expect(outcome).toMatchObject({ reason, retryable: reason !== 'configuration' });
      expect(outcome.message).toContain(message);
    }
  });

  test('with a missing script names the script', async () => {
    const opened = await warm({ CEREBROS_SCRIPT_PATH: '/nonexistent/worker.py' });
    expect(failed(await run(opened, 'succeed'))).toMatchObject({ reason: 'configuration', retryable: false });
  });
});

test('cancelling stops the worker, and the next command has another', async () => {
  const opened = await warm();
  const first = await processOf(opened);
  const cancelling = new AbortController();
  const running = opened.workers.run(call('sleep', { started: () => cancelling.abort() }), cancelling.signal);
  expect(failed(await running)).toMatchObject({ reason: 'cancelled', signal: 'SIGTERM' });
  expect(await processOf(opened)).not.toBe(first);
});

test('killing gives a worker no grace', async () => {
  const opened = await warm({ BRIDGE_GRACE_MS: '600000' });
  const [cancelling, killing] = [new AbortController(), new AbortController()];
  const report = async (): Promise<boolean> => {
    cancelling.abort();
    killing.abort();
    return false;
  };
  const changes = { report, kill: killing.signal, timeoutMs: 600_000 };
  const running = opened.workers.run(call('ignore_term', changes), cancelling.signal);
  expect(failed(await running)).toMatchObject({ reason: 'cancelled', signal: 'SIGKILL' });
});

test('closing ends idle workers by themselves and busy ones by a signal', async () => {
  const opened = await warm({ BRIDGE_WORKERS: '2' });
  const started = Promise.withResolvers<void>();
  const running = run(opened, 'sleep', { started: started.resolve });
  await started.promise;
  await opened.workers.close();
  expect(failed(await running)).toMatchObject({ reason: 'stopped', retryable: true });
});
