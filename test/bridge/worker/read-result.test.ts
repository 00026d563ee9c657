import { describe, expect, test } from '@jest/globals';
import { readResult } from '../../../src/bridge/worker/read-result.ts';
import type { Answered } from '../../../src/bridge/worker/workers.ts';

const CALL: Answered = { op: 'run_trial', modelRunId: 'run-1', trialId: 'trial-1' };

const read = (result: unknown, call: Answered = CALL) => readResult(JSON.stringify(result), call);

function trialsOf(result: unknown, call: Answered = CALL) {
  const outcome = read(result, call);
  if (outcome.kind === 'invalid') throw new Error(outcome.why);
  return outcome.trials;
}

const nested = (levels: number): object => (levels === 0 ? {} : { deeper: nested(levels - 1) });

const trial = (members: object) => ({ trials: [{ trial_id: 'trial-1', status: 'succeeded', ...members }] });

describe('a trial', () => {
  test('has every member that the script reports', () => {
    const members = {
      spectral_norm: true,
      mlflow_run_id: 'mlflow_abc',
      metrics: { loss: 'NaN', accuracy: 0.9, flag: true, unknown: null },
      parameters: { lr: 0.1, layers: [1, 2] },
      duration_ms: 12.6,
      rank: 3,
      artifact_uri: 's3://bucket/model',
      warnings: ['a', 'b'],
      error_type: 'x',
      error_message: 'y\0',
    };
    expect(trialsOf(trial(members))).toEqual([
      {
        trialId: 'trial-1',
        runId: 'run-1',
        status: 'succeeded',
        spectralNorm: true,
        mlflowRunId: 'mlflow_abc',
        metrics: { loss: Number.NaN, accuracy: 0.9, flag: 1 },
        parameters: { lr: 0.1, layers: [1, 2] },
        durationMs: 13,
        rank: 3,
        artifactUri: 's3://bucket/model',
        warnings: ['a', 'b'],
        errorType: 'x',
        errorMessage: 'y\ufffd',
      },
    ]);
  });

  test.each([
    [true, true],
    ['true', true],
    [1, true],
    [false, false],
    ['false', false],
    [0, false],
    [null, false],
    [undefined, false],
    ['yes', false],
    [2, false],
    [{}, false],
  ])('with spectral_norm %j is %s', (spectral_norm, expected) => {
    expect(trialsOf(trial({ spectral_norm }))[0]?.spectralNorm).toBe(expected);
  });

  test.each([
    [['succeeded', 'success', 'completed', 'complete', 'COMPLETE'], 'succeeded'],
    [['failed', 'failure', 'fail', 'error', 'FAIL'], 'failed'],
    [['skipped', 'pruned', 'PRUNED'], 'skipped'],
    [['cancelled', 'canceled'], 'cancelled'],
  ])('with a status of %j is %s', (words, expected) => {
    for (const status of words) expect(trialsOf(trial({ status }))[0]?.status).toBe(expected);
  });

  test('may be the result itself, with the metrics beside it', () => {
    const result = {
      status: 'success',
      accuracy: 0.9,
      loss: 0.1,
      duration_seconds: 2.5,
      config: { spectral_norm: true },
    };
    expect(trialsOf(result)).toMatchObject([
      {
        trialId: 'trial-1',
        status: 'succeeded',
        spectralNorm: true,
        metrics: { val_accuracy: 0.9, val_loss: 0.1, training_time: 2.5 },
        durationMs: 2_500,
      },
    ]);
  });

  test('keeps integers that a double cannot hold', () => {
    const text =
      '{"trials": [{"trial_id": "trial-1", "status": "failed", "parameters": {"seed": 340282366920938463463}}]}';
    const outcome = readResult(text, CALL);
    expect(outcome.kind === 'read' && JSON.stringify(outcome.trials[0]?.parameters)).toBe(
      '{"seed":340282366920938463463}',
    );
  });

  test('has bounded warnings', () => {
    const [reported] = trialsOf(
      trial({ warnings: [...Array.from({ length: 150 }, () => 'w'), '\ud800', 'x'.repeat(3_000)] }),
    );
    expect(reported?.warnings).toHaveLength(101);
    expect(reported?.warnings[100]).toBe('[52 more warnings]');
    expect(trialsOf(trial({ warnings: 'x'.repeat(3_000) }))[0]?.warnings[0]).toHaveLength(2_000);
  });
});

describe('a result', () => {
  test.each<[string, unknown, string]>([
    ['of another trial', { trials: [{ trial_id: 'other', status: 'ok' }] }, 'trials.0.status must be equal to one of'],
    ['of another trial', { trials: [{ trial_id: 'other', status: 'failed' }] }, 'reports only "other"'],
    ['of another run', { model_run_id: 'run-2', ...trial({}) }, 'names the run "run-2"'],
    ['of another run', trial({ run_id: 'run-2' }), 'names the run "run-2"'],
    ['without a trial', { trials: [] }, 'reports no trial'],
    ['without a status', {}, 'status must be one of'],
    ['without a status', { trials: [{ trial_id: 'trial-1' }] }, "trials.0 must have required property 'status'"],
    ['with one trial twice', { trials: [trial({}).trials[0], trial({}).trials[0]] }, 'the trial "trial-1" twice'],
    ['with a metric that is no number', trial({ metrics: { loss: 'low' } }), 'trials.0.metrics.loss must be number'],
    ['with a metric that is no number', trial({ metrics: { loss: [] } }), 'trials.0.metrics.loss'],
    ['with a negative duration', trial({ duration_ms: -1 }), 'trials.0.duration_ms must be >= 0'],
    ['with a list as parameters', trial({ parameters: [] }), 'trials.0.parameters must be object,null'],
    ['of an unknown version', { version: 2, ...trial({}) }, 'version must be equal to constant'],
    ['with a control character', trial({ trial_id: 'a\u0000' }), 'trials.0.trial_id must match pattern'],
    ['with deep parameters', trial({ parameters: nested(40) }), 'nested deeper than 32 levels'],
  ])('%s is invalid', (_, result, why) => {
    const outcome = read(result);
    expect(outcome.kind === 'invalid' && outcome.why).toContain(why);
  });

  test('of start_run holds the run, and trials if it has them', () => {
    const call = { op: 'start_run', modelRunId: 'run-1' } as const;
    const outcome = read({ status: 'started', mlflow_run_id: 'm', budget: 3, ...trial({}) }, call);
    expect(outcome).toMatchObject({
      kind: 'read',
      trials: [{ trialId: 'trial-1' }],
      run: { contract: 'RunStartedV1', runId: 'run-1', status: null, mlflowRunId: 'm', metadata: { budget: 3 } },
    });
    expect(read({}, call)).toMatchObject({ kind: 'read', trials: [], run: { metadata: {} } });
  });

  test('of record_trial may be empty', () => {
    expect(read({}, { ...CALL, op: 'record_trial' })).toMatchObject({ kind: 'read', trials: [], run: undefined });
  });
});
