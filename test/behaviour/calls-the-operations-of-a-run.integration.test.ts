import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { type BridgeSystem, startBridgeSystem } from '../bridge/support/system.ts';
import { installTestPython } from '../runner/python.ts';
import { until } from '../support/until.ts';

const PATIENCE_MS = 120_000;
jest.setTimeout(2 * PATIENCE_MS);
const folder = mkdtempSync(join(tmpdir(), 'operations-'));
const file = join(folder, 'log');
let system: BridgeSystem;
beforeAll(async () => {
  process.env.OPERATIONS_LOG = file;
  system = await startBridgeSystem('operations.py', {
    BRIDGE_OPERATIONS: 'start_run,record_trial,finalize_run',
    BRIDGE_ENVIRONMENT: 'OPERATIONS_LOG',
    BRIDGE_RETRIES: '1',
    BRIDGE_RETRY_BACKOFF_MS: '1',
    BRIDGE_STUDY_PYTHON: await installTestPython(),
  });
}, PATIENCE_MS);
afterAll(async () => {
  await system.close();
  rmSync(folder, { recursive: true });
});

interface Noted {
  readonly op: string;
  readonly status: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

const notedOf = (run: string): readonly Noted[] =>
  !existsSync(file)
    ? []
    : readFileSync(file, 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Noted)
        .filter(({ payload }) => payload.run_id === run);
const ended = (run: string, count: number) =>
  until(`${count} calls of ${run} have ended`, PATIENCE_MS, async () => {
    const sql = `select op, trial_id, outcome, failures from bridge_calls where model_run_id = $1 and state = 'ended' order by 1, 2`;
    const rows = await system.query(sql, [run]);
    return rows.length === count && rows;
  });
const X = [0.25, 0.75];

test('a study is started before its trials, each end is recorded, and the end of the study last', async () => {
  await system.post('/api/runs', {
    model_run_id: 'study',
    n_trials: 2,
    search_space: { x: { type: 'categorical', choices: X, balanced: true } },
    payload: { batch_size: 8 },
  });
  expect(await ended('study', 4)).toMatchObject([
    { op: 'finalize_run', trial_id: '', outcome: 'reported', failures: 0 },
    { op: 'record_trial', trial_id: 'trial_000' },
    { op: 'record_trial', trial_id: 'trial_001' },
    { op: 'start_run', trial_id: '', outcome: 'reported', failures: 0 },
  ]);
  const calls = notedOf('study');
  const [first] = calls;
  const last = calls.at(-1);
  expect(first).toMatchObject({
    op: 'start_run',
    status: '',
    payload: { n_trials: 2, spectral_norm: 'both', parameters: { batch_size: 8 }, search_space: { x: { choices: X } } },
  });
  const trials = calls.filter(({ op }) => op === 'run_trial');
  expect(trials).toHaveLength(2);
  const best = trials.find(({ payload }) => (payload.hyperparams as { readonly x: number }).x === 0.75);
  expect(last).toMatchObject({
    op: 'finalize_run',
    status: 'succeeded',
    payload: {
      status: 'succeeded',
      trials: { succeeded: 2, failed: 0, skipped: 0, cancelled: 0 },
      best_trial_id: best?.payload.trial_id,
      error_message: null,
    },
  });
  // One of the two reports fails, and is repeated once.
  const records = calls.filter(({ op }) => op === 'record_trial');
  expect(records.map(({ status, payload }) => [status, payload.metrics])).toEqual(
    expect.arrayContaining([
      ['succeeded', { val_accuracy: 0.25 }],
      ['succeeded', { val_accuracy: 0.75 }],
    ]),
  );
  expect(records).toHaveLength(3);
  expect(await system.ended('study', 2)).toMatchObject([{ status: 'completed' }, { status: 'completed' }]);
});

test('a study whose start fails has failed with the exception, and runs no trial', async () => {
  await system.post('/api/runs', {
    model_run_id: 'bad',
    n_trials: 3,
    search_space: { x: X },
    payload: { does: 'raise' },
  });
  const rows = await until('the run has failed', PATIENCE_MS, async () => {
    const found = await system.query<{ error_message: string }>(
      `select error_message from model_runs where model_run_id = 'bad' and status = 'failed'`,
    );
    return found.length === 1 && found;
  });
  expect(rows[0]?.error_message).toMatch(/^ValueError: the data set is missing\n\nTraceback/);
  await ended('bad', 2);
  expect(notedOf('bad').map(({ op, status }) => [op, status])).toEqual([
    ['start_run', ''],
    ['start_run', ''],
    ['finalize_run', 'failed'],
  ]);
  expect(await system.query(`select 1 from bridge_trials where model_run_id = 'bad'`)).toEqual([]);
});

test('trials that the start of a study reports have ended, and are not run again', async () => {
  await system.post('/api/runs', {
    model_run_id: 'own',
    n_trials: 2,
    search_space: { x: [0.5] },
    payload: { does: 'run_trials' },
  });
  const rows = await system.ended('own', 3);
  expect(rows.map(({ trial_id, status, metrics }) => [trial_id, status, metrics])).toEqual([
    ['own', 'completed', { val_accuracy: 0.9 }],
    ['trial_000', 'completed', { val_accuracy: 0.9 }],
    ['trial_001', 'completed', { val_accuracy: 0.5 }],
  ]);
  await ended('own', 5);
  expect(notedOf('own').filter(({ op }) => op === 'run_trial')).toHaveLength(1);
});
