import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type BridgeSystem, startBridgeSystem } from '../bridge/support/system.ts';

const START_MS = 180_000;

describe('a script that follows the first documents of the bridge', () => {
  let system: BridgeSystem;
  beforeAll(async () => {
    system = await startBridgeSystem('seeds_script.py');
  }, START_MS);
  afterAll(() => system.close());

  test('runs a trial that is posted, and its result becomes the row of the trial', async () => {
    const { status } = await system.post('/api/runs/run-1/trials', {
      trial_id: 'trial-1',
      hyperparams: { lr: 0.5, spectral_norm: true },
    });
    expect(status).toBe(202);
    expect(await system.ended('run-1', 1)).toMatchObject([
      {
        trial_id: 'trial-1',
        status: 'completed',
        spectral_norm: true,
        mlflow_run_id: 'mlflow_abc',
        hyperparams: { lr: 0.5, spectral_norm: true },
        parameters: { lr: 0.5 },
        metrics: { accuracy: 0.95, loss: 'NaN' },
        started_at: expect.any(Date),
        completed_at: expect.any(Date),
      },
    ]);
  });

  test('is not run again for a trial that has ended: the command is refused', async () => {
    const again = { hyperparams: { lr: 0.5 } };
    await system.post('/api/runs/run-2/trials', [{ ...again, trial_id: 'a' }], { 'idempotency-key': 'first' });
    await system.ended('run-2', 1);
    const answer = await system.post('/api/runs/run-2/trials', [
      { ...again, trial_id: 'b' },
      { ...again, trial_id: 'a' },
    ]);
    expect(answer).toMatchObject({ status: 409, body: { code: 'command_spent' } });
    expect(answer.body.faults).toEqual([
      { code: 'command_spent', path: '[1].trial_id', message: expect.stringContaining('has ended, as completed') },
    ]);
    const same = await system.post('/api/runs/run-2/trials', [{ trial_id: 'a' }], { 'idempotency-key': 'first' });
    expect(same.status).toBe(202);
    expect(await system.query(`select trial_id, epoch from bridge_attempts where model_run_id = 'run-2'`)).toEqual([
      { trial_id: 'a', epoch: 1 },
    ]);
  });

  test('runs every trial of a request once, whatever their number', async () => {
    const trials = Array.from({ length: 25 }, (_, index) => ({
      trial_id: `t${index}`,
      hyperparams: {},
      parallelism: 3,
    }));
    await system.post('/api/runs/many/trials', trials);
    await system.post('/api/runs/many/trials', trials);
    const rows = await system.ended('many', 25);
    expect(rows.filter(({ status }) => status === 'completed')).toHaveLength(25);
    expect(
      await system.query(
        `select trial_id, epoch, outcome, message, return_code, signal, duration_ms, output from bridge_attempts
         where model_run_id = 'many' and (epoch <> 1 or outcome <> 'completed')`,
      ),
    ).toEqual([]);
    expect(await system.query(`select running from bridge_runs where model_run_id = 'many'`)).toEqual([{ running: 0 }]);
  });
});

describe('a script that fails', () => {
  let system: BridgeSystem;
  beforeAll(async () => {
    system = await startBridgeSystem('misbehave.py', { BRIDGE_RETRY_BACKOFF_MS: '5', BRIDGE_HOST_FAILURES: '0' });
  }, START_MS);
  afterAll(() => system.close());

  const run = async (run: string, hyperparams: object, fields: object = {}) => {
    await system.post(`/api/runs/${run}/trials`, { trial_id: 't', hyperparams, ...fields });
    const [row] = await system.ended(run, 1);
    const attempts = await system.query<{ epoch: number; outcome: string; message: string; output: string }>(
      'select epoch, outcome, message, output from bridge_attempts where model_run_id = $1 order by epoch',
      [run],
    );
    return { row, attempts };
  };

  test('is repeated twice, and each attempt is kept with its output', async () => {
    const { row, attempts } = await run('crash', { do: 'exit_with_code' });
    expect(row).toMatchObject({ status: 'failed', error_type: 'crash', error_message: 'ended with exit code 3' });
    expect(attempts.map(({ epoch, outcome }) => [epoch, outcome])).toEqual([
      [1, 'crash'],
      [2, 'crash'],
      [3, 'crash'],
    ]);
    expect(attempts[2]?.output).toContain('the disk is on fire');
  });

  test('leaves the traceback of its exception in the row', async () => {
    const { row } = await run('exception', { do: 'raise_error' });
    expect(row).toMatchObject({ status: 'failed', error_type: 'ValueError' });
    expect(row?.error_message).toMatch(/^ValueError: bad learning rate.*Traceback.*KeyError: 'missing'/s);
  });

  test('is killed when its time is over', async () => {
    const { row, attempts } = await run('slow', { do: 'sleep' }, { timeout_ms: 300 });
    expect(row).toMatchObject({ status: 'failed', error_type: 'timeout' });
    expect(attempts).toHaveLength(3);
  });

  test('may report that the trial failed: that is a result, and is not repeated', async () => {
    const { row, attempts } = await run('own', { do: 'report_failure_and_exit' });
    expect(row?.status).toBe('failed');
    expect(attempts.map(({ epoch }) => epoch)).toEqual([1]);
  });

  test('ends each trial that one result reports', async () => {
    await system.post('/api/runs/several/trials', { trial_id: 't', hyperparams: { do: 'report_many' } });
    const rows = await system.ended('several', 4);
    expect(Object.fromEntries(rows.map(({ trial_id, status }) => [trial_id, status]))).toMatchObject({
      t: 'completed',
    });
    expect(rows.length).toBeGreaterThan(3);
  });
});
