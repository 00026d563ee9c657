import { randomUUID } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { runFinalized, runStarted, trialReported } from '../../../src/bridge/worker/payload.ts';
import type { Failed } from '../../../src/bridge/worker/workers.ts';
import { counted } from '../../support/counted.ts';
import { eventually } from '../../support/eventually.ts';
import { mayCreateMemoryGroups, withMemoryGroup } from '../support/memory-group.ts';
import { noneLeft, processesWith } from '../support/processes.ts';
import { ENVIRONMENT, program } from '../support/python.ts';
import { createWorkers, failed, NEVER, reported, type TestWorkers, trialCall } from '../support/workers.ts';

let misbehaving: TestWorkers;
beforeAll(async () => {
  misbehaving = await createWorkers('misbehave.py');
});

const attempt = (what: string, changes: Parameters<typeof trialCall>[1] = {}) =>
  misbehaving.workers.run(trialCall({ do: what }, changes), NEVER);

describe('a result', () => {
  test('is read with the status of the contract', async () => {
    const outcome = reported(await attempt('succeed'));
    expect(outcome.trials).toEqual([
      {
        trialId: 'trial-1',
        runId: 'run-1',
        status: 'succeeded',
        spectralNorm: false,
        mlflowRunId: null,
        metrics: {},
        parameters: {},
        durationMs: null,
        rank: null,
        artifactUri: null,
        warnings: [],
        errorType: null,
        errorMessage: null,
      },
    ]);
  });

  test('may hold many trials and warnings', async () => {
    const { trials, warnings } = reported(await attempt('report_many'));
    expect(trials.map(({ trialId, status, spectralNorm }) => [trialId, status, spectralNorm])).toEqual([
      ['trial-1', 'succeeded', true],
      ['other-0', 'skipped', true],
      ['other-1', 'skipped', true],
      ['other-2', 'skipped', true],
    ]);
    expect(trials[0]?.warnings).toEqual(['slow disk']);
    expect(warnings).toEqual(['MLflow is away']);
  });

  test('that reports a failure stands, also if the script then exits with an error', async () => {
    const { trials } = reported(await attempt('report_failure_and_exit'));
    expect(trials).toMatchObject([{ status: 'failed', warnings: ['loss diverged'] }]);
  });

  test.each([
    ['garbage', 'no_result'],
    ['half_a_line', 'invalid_result'],
    ['nothing', 'no_result'],
    ['close_stdout', 'no_result'],
    ['report_another_trial', 'invalid_result'],
    ['report_another_run', 'invalid_result'],
    ['invalid_status', 'invalid_result'],
    ['report_success_and_exit', 'crash'],
  ])('of %s is a failure of the class %s, which may be retried', async (what, reason) => {
    expect(failed(await attempt(what))).toMatchObject({ reason, retryable: true, environmental: false });
  });
});

describe('the payload', () => {
  test.each([
    ['in the environment and on STDIN up to 96 KiB', 98_304],
    ['on STDIN alone beyond', 98_305],
    ['on STDIN alone at a megabyte', 1_000_000],
  ])('is %s', async (_, bytes) => {
    const empty = Buffer.byteLength(JSON.stringify(trialCall({ do: 'report_payload', pad: '' }).payload));
    const call = trialCall({ do: 'report_payload', pad: 'x'.repeat(bytes - empty) });
    const { trials } = reported(await misbehaving.workers.run(call, NEVER));
    expect(trials[0]?.parameters).toEqual({ stated: bytes, in_variable: bytes <= 98_304 ? bytes : null });
  });

  test('that breaks its contract starts no worker', async () => {
    const { payload, ...call } = trialCall({});
    const { attempt: _, ...incomplete } = payload;
    const outcome = failed(await misbehaving.workers.run({ ...call, payload: incomplete }, NEVER));
    expect(outcome).toMatchObject({ reason: 'invalid_payload', retryable: false });
    expect(outcome.message).toContain("TrialStartedV1: must have required property 'attempt'");
  });
});

describe('the environment', () => {
  test('is the contract and the inherited variables, in the directory of the script', async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const { trials } = reported(await attempt('report_environment', { traceparent }));
    const { environment, directory, nice } = (trials[0]?.parameters ?? {}) as Record<string, unknown>;
    const { PATH, THUNDERLINE_KEEPER, CEREBROS_BRIDGE_PAYLOAD, LC_CTYPE, ...rest } = environment as Record<
      string,
      string
    >;
    expect([PATH, typeof THUNDERLINE_KEEPER, typeof CEREBROS_BRIDGE_PAYLOAD]).toEqual([
      ENVIRONMENT.PATH,
      'string',
      'string',
    ]);
    expect(rest).toEqual({
      LANG: 'C.UTF-8',
      PYTHONUNBUFFERED: '1',
      PYTHONFAULTHANDLER: '1',
      CEREBROS_BRIDGE_OP: 'run_trial',
      CEREBROS_BRIDGE_RUN_ID: 'run-1',
      CEREBROS_BRIDGE_TRIAL_ID: 'trial-1',
      CEREBROS_BRIDGE_CORRELATION: 'correlation-1',
      CEREBROS_BRIDGE_STATUS: '',
      CEREBROS_BRIDGE_PAYLOAD_BYTES: String(Buffer.byteLength(CEREBROS_BRIDGE_PAYLOAD ?? '')),
      CEREBROS_BRIDGE_ATTEMPT: '2',
      // The same trace, below the span of the call.
      TRACEPARENT: expect.stringMatching(/^00-0af7651916cd43dd8448eb211c80319c-(?!b7ad6b7169203331)[0-9a-f]{16}-01$/),
    });
    expect(directory).toBe(program('').replace(/\/$/, ''));
    expect(nice).toBeGreaterThanOrEqual(5);
  });

  test('names the GPU of the slot, and no two workers at a time have one', async () => {
    const { workers } = await createWorkers('misbehave.py', { BRIDGE_GPUS: '0,GPU-7' });
    expect(workers.slots).toBe(2);
    const stopping = new AbortController();
    const started = Promise.withResolvers<void>();
    const holding = workers.run({ ...trialCall({ do: 'sleep' }), started: started.resolve }, stopping.signal);
    await started.promise;
    const gpus = [];
    for (let i = 0; i < 2; i += 1) {
      const { trials } = reported(await workers.run(trialCall({ do: 'report_environment' }), NEVER));
      const environment = trials[0]?.parameters.environment as Record<string, string> | undefined;
      gpus.push(environment?.CUDA_VISIBLE_DEVICES);
    }
    expect(gpus).toEqual(['GPU-7', 'GPU-7']);
    stopping.abort();
    expect(failed(await holding).reason).toBe('cancelled');
  });
});

describe('a trial of a study', () => {
  test('is pruned when the study gives it up', async () => {
    const seen: [number, number][] = [];
    const report = async (step: number, value: number): Promise<boolean> => {
      seen.push([step, value]);
      return step === 2;
    };
    const { trials } = reported(await attempt('report_values', { report }));
    expect(trials).toMatchObject([{ status: 'skipped', parameters: { step: 2 } }]);
    expect(seen).toEqual([
      [0, Number.POSITIVE_INFINITY],
      [1, 0.1],
      [2, 0.2],
    ]);
  });

  test('goes on while the study fails', async () => {
    const report = (): Promise<boolean> => Promise.reject(new Error('Optuna is away'));
    expect(reported(await attempt('report_values', { report })).trials).toMatchObject([{ status: 'succeeded' }]);
  });

  test.each([
    ['report_garbage', 'a line is not a JSON object: "epoch 1"'],
    ['report_without_end', 'a line has more than 4096 bytes'],
  ])('fails by %s', async (what, why) => {
    expect(failed(await attempt(what, { report: async () => false }))).toMatchObject({
      reason: 'invalid_result',
      message: `the script broke the protocol of reports: ${why}`,
    });
  });

  test('has one more descriptor than another trial', async () => {
    const [of, other] = [
      await attempt('list_descriptors', { report: async () => false }),
      await attempt('list_descriptors'),
    ];
    expect(reported(of).trials[0]?.parameters).toEqual({ descriptors: [0, 1, 2, 4], reports: '4' });
    expect(reported(other).trials[0]?.parameters).toEqual({ descriptors: [0, 1, 2], reports: null });
  });
});

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

describe('cancelling', () => {
  test('stops a worker', async () => {
    const cancelling = new AbortController();
    const call = { ...trialCall({ do: 'sleep' }), started: () => cancelling.abort() };
    const outcome = failed(await misbehaving.workers.run(call, cancelling.signal));
    expect(outcome).toMatchObject({ reason: 'cancelled', retryable: false });
  });

  test('and killing gives no grace', async () => {
    const { workers } = await createWorkers('misbehave.py', { BRIDGE_GRACE_MS: '600000' });
    const folder = mkdtempSync(join(tmpdir(), 'thunderline-kill-'));
    const path = join(folder, 'ignores-term');
    const [cancelling, killing] = [new AbortController(), new AbortController()];
    const call = trialCall({ do: 'ignore_term_and_tell', path }, { kill: killing.signal, timeoutMs: 600_000 });
    const running = workers.run(call, cancelling.signal);
    await eventually(() => existsSync(path));
    cancelling.abort();
    killing.abort();
    expect(failed(await running)).toMatchObject({ reason: 'cancelled', signal: 'SIGKILL' });
    rmSync(folder, { recursive: true });
  });

  test('before the start starts none', async () => {
    const outcome = failed(await misbehaving.workers.run(trialCall({ do: 'succeed' }), AbortSignal.abort()));
    expect(outcome).toMatchObject({ reason: 'cancelled', output: '' });
  });
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

test('closing kills the workers that run', async () => {
  const { workers } = await createWorkers('misbehave.py');
  const tag = randomUUID();
  const started = Promise.withResolvers<void>();
  const running = workers.run({ ...trialCall({ do: 'sleep', tag }), started: started.resolve }, NEVER);
  await started.promise;
  await workers.close();
  expect(failed(await running)).toMatchObject({ reason: 'stopped', retryable: true });
  await noneLeft(tag);
});

test('each call is logged and counted, with a bounded excerpt', async () => {
  const { workers, metrics, lines } = await createWorkers('misbehave.py');
  await workers.run(trialCall({ do: 'succeed', pad: 'x'.repeat(10_000) }), NEVER);
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  await workers.run(trialCall({ do: 'exit_with_code' }, { traceparent }), NEVER);
  const logged = lines.filter(({ msg }) => String(msg).startsWith('bridge.invoke'));
  expect(logged.map(({ msg, level }) => [level, msg])).toEqual([
    ['debug', 'bridge.invoke start'],
    ['info', 'bridge.invoke stop'],
    ['debug', 'bridge.invoke start'],
    ['warn', 'bridge.invoke exception'],
  ]);
  expect(String(logged[0]?.payload)).toHaveLength(256);
  expect(logged[3]).toMatchObject({
    op: 'run_trial',
    modelRunId: 'run-1',
    trialId: 'trial-1',
    attempt: 2,
    returnCode: 3,
  });
  expect(logged[0]?.spanId).toBeUndefined();
  const span = { traceId: '0af7651916cd43dd8448eb211c80319c', parentSpanId: 'b7ad6b7169203331' };
  expect(logged[2]).toMatchObject(span);
  expect(logged[3]).toMatchObject({ ...span, spanId: logged[2]?.spanId });
  const outcomes = (await counted(metrics.bridgeInvocations)).map(({ labels, value }) => [labels.outcome, value]);
  expect(outcomes).toEqual([
    ['reported', 1],
    ['crash', 1],
  ]);
});

test('a failure of telemetry is logged and changes no result', async () => {
  const { workers, metrics, lines } = await createWorkers('misbehave.py');
  metrics.bridgeInvocations.inc = () => {
    throw new Error('no metrics today');
  };
  reported(await workers.run(trialCall({ do: 'succeed' }), NEVER));
  expect(lines.filter(({ msg }) => msg === 'bridge.invoke could not be reported')).toHaveLength(1);
});

describe('a script written from the first documents alone', () => {
  test('runs unchanged for every operation', async () => {
    const { workers } = await createWorkers('seeds_script.py');
    const { trials, output } = reported(await workers.run(trialCall({ lr: 0.1 }), NEVER));
    expect(output).toMatch(/^Epoch 1\/1\n/);
    expect(trials).toMatchObject([
      {
        status: 'succeeded',
        spectralNorm: true,
        mlflowRunId: 'mlflow_abc',
        metrics: { accuracy: 0.95, loss: Number.NaN },
        parameters: { lr: 0.1 },
      },
    ]);
    const run = { commandId: randomUUID(), modelRunId: 'run-1', correlationId: 'c-1', attempt: 1, timeoutMs: 50_000 };
    const start = await workers.run({ ...run, op: 'start_run', payload: runStarted(RUN) }, NEVER);
    expect(reported(start).run).toMatchObject({
      contract: 'RunStartedV1',
      runId: 'run-1',
      status: null,
      metadata: { correlation: 'c-1' },
    });
    const [trial] = trials;
    if (trial === undefined) throw new Error('no trial');
    const record = { ...run, op: 'record_trial', trialId: 'trial-1', status: 'succeeded' } as const;
    expect(reported(await workers.run({ ...record, payload: trialReported(trial) }, NEVER)).trials).toEqual([]);
    const finalize = { ...run, op: 'finalize_run', status: 'succeeded', payload: runFinalized(FINALIZED) } as const;
    expect(reported(await workers.run(finalize, NEVER)).run).toMatchObject({
      contract: 'RunFinalizedV1',
      status: 'succeeded',
      metadata: { best: 'trial-1' },
    });
  });
});

describe('results of a run', () => {
  test('are reused for the same payload, those of trials are not', async () => {
    const { workers, metrics } = await createWorkers('seeds_script.py');
    const run = { commandId: randomUUID(), modelRunId: 'run-1', correlationId: 'c-1', attempt: 1, timeoutMs: 50_000 };
    let starts = 0;
    const started = (): void => {
      starts += 1;
    };
    const start = { ...run, op: 'start_run', payload: runStarted(RUN), started } as const;
    expect(await workers.run(start, NEVER)).toEqual(await workers.run({ ...start, commandId: randomUUID() }, NEVER));
    expect(starts).toBe(1);
    await workers.run({ ...start, payload: runStarted({ ...RUN, trials: 7 }) }, NEVER);
    expect(starts).toBe(2);
    for (let i = 0; i < 2; i += 1) await workers.run({ ...trialCall({ lr: 0.1 }), started }, NEVER);
    expect(starts).toBe(4);
    const lookups = (await counted(metrics.bridgeCache)).map(({ labels, value }) => [labels.result, value]);
    expect(Object.fromEntries(lookups)).toEqual({ hit: 1, miss: 2 });
  });
});

const RUN = {
  runId: 'run-1',
  correlationId: 'c-1',
  trials: 10,
  parallelism: 2,
  searchSpace: null,
  spectralNorm: 'both',
  parameters: {},
} as const;

const FINALIZED = {
  runId: 'run-1',
  correlationId: 'c-1',
  status: 'succeeded',
  trials: { succeeded: 10 },
  bestTrialId: 'trial-1',
  durationMs: null,
  errorMessage: null,
} as const;
