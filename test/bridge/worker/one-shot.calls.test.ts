import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { runFinalized, runStarted, trialReported } from '../../../src/bridge/worker/payload.ts';
import { counted } from '../../support/counted.ts';
import { createWorkers, failed, NEVER, reported, type TestWorkers, trialCall } from '../support/workers.ts';

let misbehaving: TestWorkers;
beforeAll(async () => {
  misbehaving = await createWorkers('misbehave.py');
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
