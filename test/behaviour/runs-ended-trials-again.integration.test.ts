import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { type BridgeSystem, startBridgeSystem } from '../bridge/support/system.ts';
import { installTestPython } from '../runner/python.ts';
import { startThunderline } from '../support/thunderline.ts';
import { until } from '../support/until.ts';

const PATIENCE_MS = 120_000;
jest.setTimeout(2 * PATIENCE_MS);
const folder = mkdtempSync(join(tmpdir(), 'retry-'));
let system: BridgeSystem;
beforeAll(async () => {
  system = await startBridgeSystem('misbehave.py', {
    BRIDGE_RETRIES: '0',
    BRIDGE_HOST_FAILURES: '0',
    BRIDGE_STUDY_PYTHON: await installTestPython(),
  });
}, PATIENCE_MS);
afterAll(async () => {
  await system.close();
  rmSync(folder, { recursive: true });
});

const retry = (...args: readonly string[]) =>
  startThunderline(system.world.environment, ['queue', 'retry', ...args]).ended;

interface TrialState extends Record<string, unknown> {
  readonly trial_id: string;
  readonly status: string;
  readonly attempt: number;
  readonly error_type: string | null;
}

const rowsOf = (run: string, status: string, count: number) =>
  until(`${count} trials of ${run} are ${status}`, PATIENCE_MS, async () => {
    const rows = await system.query<TrialState>(
      `select trial_id, status, attempt, error_type from cerebros_model_trials
       where model_run_id = $1 and status = $2 order by trial_id`,
      [run, status],
    );
    return rows.length === count && rows;
  });
const runIs = (run: string, status: string) =>
  until(`the run ${run} is ${status}`, PATIENCE_MS, async () => {
    const rows = await system.query('select 1 from model_runs where model_run_id = $1 and status = $2', [run, status]);
    return rows.length === 1;
  });
/** Until the queue has published the ends: a retry would lose them. */
const published = (run: string) =>
  until(`the ends of ${run} are published`, PATIENCE_MS, async () => {
    const sql = 'select 1 from bridge_trials where model_run_id = $1 and not (published and told)';
    return (await system.query(sql, [run])).length === 0;
  });

test('a trial that has ended runs again when an operator asks for it, and its new result stands', async () => {
  const path = join(folder, 'trial');
  await system.post('/api/runs/run/trials', { trial_id: 't', hyperparams: { do: 'succeed_if_exists', path } });
  await rowsOf('run', 'failed', 1);
  await published('run');
  writeFileSync(path, '');
  expect(await retry('run', 't')).toMatchObject({ code: 0, out: 'queued again: 1 trial of the run run\n' });
  expect(await rowsOf('run', 'completed', 1)).toEqual([
    { trial_id: 't', status: 'completed', attempt: 2, error_type: null },
  ]);
  const attempts = `select epoch, outcome from bridge_attempts where model_run_id = 'run' order by epoch`;
  expect(await system.query(attempts)).toEqual([
    { epoch: 1, outcome: 'exception' },
    { epoch: 2, outcome: 'completed' },
  ]);

  const nothing = await retry('run');
  expect(nothing).toMatchObject({ code: 1, out: '' });
  expect(nothing.err).toContain('the run run has no failed trial');
  expect((await retry('run', 'unknown')).err).toContain('the trial unknown of the run run has not ended');
});

test('a study whose trials all failed completes once they have run again', async () => {
  const path = join(folder, 'study');
  await system.post('/api/runs', {
    model_run_id: 'study',
    n_trials: 3,
    search_space: { do: ['succeed_if_exists'], path: [path] },
  });
  await runIs('study', 'failed');
  await published('study');
  const before = await system.query(`select trial_id, hyperparams from bridge_trials where model_run_id = 'study'`);
  writeFileSync(path, '');
  expect(await retry('study')).toMatchObject({ code: 0, out: 'queued again: 3 trials of the run study\n' });
  await runIs('study', 'completed');
  expect((await rowsOf('study', 'completed', 3)).map(({ attempt }) => attempt)).toEqual([2, 2, 2]);
  const after = await system.query(`select trial_id, hyperparams from bridge_trials where model_run_id = 'study'`);
  expect(new Set(after)).toEqual(new Set(before));
  const optuna = await system.query(`select state::text, count(*)::int from optuna.trials group by 1`);
  expect(optuna).toEqual([{ state: 'FAIL', count: 3 }]);
});
