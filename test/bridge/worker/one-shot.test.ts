import { randomUUID } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { eventually } from '../../support/eventually.ts';
import { noneLeft } from '../support/processes.ts';
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
    expect(warnings).toEqual(['MLflow is unavailable']);
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

describe('the environment', () => {
  test('is the contract and the inherited variables, in the directory of the script', async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const startedMs = Date.now();
    const { trials } = reported(await attempt('report_environment', { traceparent, timeoutMs: 50_000 }));
    const { environment, directory, nice } = (trials[0]?.parameters ?? {}) as Record<string, unknown>;
    const { PATH, THUNDERLINE_KEEPER, CEREBROS_BRIDGE_PAYLOAD, CEREBROS_BRIDGE_DEADLINE_MS, LC_CTYPE, ...rest } =
      environment as Record<string, string>;
    expect([PATH, typeof THUNDERLINE_KEEPER, typeof CEREBROS_BRIDGE_PAYLOAD]).toEqual([
      ENVIRONMENT.PATH,
      'string',
      'string',
    ]);
    expect(Number(CEREBROS_BRIDGE_DEADLINE_MS)).toBeGreaterThanOrEqual(startedMs + 50_000);
    expect(Number(CEREBROS_BRIDGE_DEADLINE_MS)).toBeLessThanOrEqual(Date.now() + 50_000);
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
    const report = (): Promise<boolean> => Promise.reject(new Error('Optuna is unavailable'));
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
