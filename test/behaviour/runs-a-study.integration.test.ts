import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { bridge } from '../../src/roles/bridge.ts';
import { type BridgeSystem, startBridgeSystem } from '../bridge/support/system.ts';
import { installTestPython } from '../runner/python.ts';
import { eventually } from '../support/eventually.ts';

let system: BridgeSystem;
beforeAll(async () => {
  system = await startBridgeSystem('quadratic.py', { BRIDGE_STUDY_PYTHON: await installTestPython() });
}, 300_000);
afterAll(() => system.close());

const SPACE = { x: { type: 'float', low: 0, high: 1 } };

/** The state and the number of each trial of a study, as Optuna's storage has them. */
const inOptuna = (run: string) =>
  system.query<{ number: number; state: string; trial_id: string }>(
    `select t.number, t.state::text, a.value_json::jsonb #>> '{}' as trial_id
     from optuna.trials t join optuna.studies s using (study_id)
     join optuna.trial_user_attributes a on a.trial_id = t.trial_id and a.key = 'trial_id'
     where s.study_name = $1 order by t.number`,
    [run],
  );

test('a study runs all its trials, with the hyperparameters that Optuna chose, and ends', async () => {
  const { body } = await system.post('/api/runs', {
    model_run_id: 'study',
    n_trials: 12,
    parallelism: 3,
    search_space: SPACE,
    seed: 5,
  });
  expect(body).toMatchObject({ model_run_id: 'study' });
  const rows = await system.ended('study', 12);
  expect(rows.map(({ trial_id }) => trial_id)).toEqual(
    Array.from({ length: 12 }, (_, index) => `trial_${String(index).padStart(3, '0')}`),
  );
  for (const row of rows) {
    expect(row).toMatchObject({ status: 'completed', metrics: { val_accuracy: expect.any(Number) } });
    expect(row.hyperparams).toMatchObject({ x: expect.any(Number), spectral_norm: row.spectral_norm });
    expect(row.parameters).toEqual(row.hyperparams);
  }
  expect(rows.filter(({ spectral_norm }) => spectral_norm)).toHaveLength(6);

  await eventually(async () => (await inOptuna('study')).every(({ state }) => state === 'COMPLETE'));
  const optuna = await inOptuna('study');
  expect(optuna.map(({ trial_id }) => trial_id).sort()).toEqual(rows.map(({ trial_id }) => trial_id));
  const numbers = await system.query<{ trial_id: string; optuna_number: number }>(
    `select trial_id, optuna_number from bridge_trials where model_run_id = 'study'`,
  );
  expect(Object.fromEntries(numbers.map((row) => [row.trial_id, row.optuna_number]))).toEqual(
    Object.fromEntries(optuna.map(({ trial_id, number }) => [trial_id, number])),
  );

  await eventually(async () => {
    const [run] = await system.query<{ status: string }>(`select status from model_runs where model_run_id = 'study'`);
    return run?.status === 'completed';
  });
  expect(
    await system.query(
      `select parameters->'n_trials' as n, metadata->'trials' as ends, error_message from model_runs where model_run_id = 'study'`,
    ),
  ).toEqual([{ n: 12, ends: { trials: 12, completed: 12, failed: 0, cancelled: 0, skipped: 0 }, error_message: null }]);
});

test('the same Idempotency-Key starts one study', async () => {
  const headers = { 'idempotency-key': 'once' };
  const study = { n_trials: 3, search_space: SPACE };
  const answers = await Promise.all([1, 2, 3].map(() => system.post('/api/runs', study, headers)));
  const [run] = new Set(answers.map(({ body }) => body.model_run_id as string));
  expect(new Set(answers.map(({ body }) => body.command_id)).size).toBe(1);
  await system.ended(run ?? '', 3);
  expect(await system.query('select count(*)::int as count from bridge_trials where model_run_id = $1', [run])).toEqual(
    [{ count: 3 }],
  );
  // The command would change nothing, so it is refused.
  expect(await system.post('/api/runs', { ...study, model_run_id: run })).toMatchObject({
    status: 409,
    body: { code: 'command_spent', faults: [{ path: 'model_run_id' }] },
  });
});

test('cancelling a study ends the trials that were not chosen yet, and the run', async () => {
  await system.post('/api/runs', { model_run_id: 'gone', n_trials: 40, parallelism: 1, search_space: SPACE });
  await system.ended('gone', 1);
  await system.post('/api/runs/gone/cancel');
  const rows = await system.ended('gone', 40);
  expect(rows.some(({ status }) => status === 'cancelled')).toBe(true);
  expect(rows.every(({ status }) => status === 'completed' || status === 'cancelled')).toBe(true);
  await eventually(async () => {
    const [run] = await system.query<{ status: string }>(`select status from model_runs where model_run_id = 'gone'`);
    return run?.status === 'cancelled';
  });
});

test('a study that cannot be asked fails no trial, and holds up no other', async () => {
  const { another, post, ended, query, close } = await startBridgeSystem('quadratic.py', {
    BRIDGE_STUDY_PYTHON: '/nonexistent/python',
    BRIDGE_WORKERS: '1',
  });
  try {
    await post('/api/runs', { model_run_id: 'study', n_trials: 2, search_space: SPACE });
    const attempts = () =>
      query<{ message: string }>(`select message from bridge_attempts where outcome = 'study_unavailable'`);
    await eventually(async () => (await attempts()).length > 0);
    await post('/api/runs/plain/trials', { trial_id: 't', hyperparams: { x: 0.3 } });
    expect(await ended('plain', 1)).toMatchObject([{ status: 'completed' }]);
    expect((await attempts())[0]?.message).toMatch(/^The study process/);
    expect(await query(`select distinct failures, losses from bridge_trials where model_run_id = 'study'`)).toEqual([
      { failures: 0, losses: 0 },
    ]);
    // A bridge whose Python has Optuna runs them.
    await another([bridge], { BRIDGE_STUDY_PYTHON: await installTestPython() });
    expect(await ended('study', 2)).toMatchObject([{ status: 'completed' }, { status: 'completed' }]);
  } finally {
    await close();
  }
});
