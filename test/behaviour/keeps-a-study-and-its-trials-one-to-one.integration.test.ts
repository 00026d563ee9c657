import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { createStudies, STUDY_LIMITS, type Studies } from '../../src/bridge/study/studies.ts';
import type { StudySpec } from '../../src/bridge/study/study-spec.ts';
import { createLog } from '../../src/log.ts';
import { createMetrics } from '../../src/metrics.ts';
import { bridge } from '../../src/roles/bridge.ts';
import { commands } from '../../src/roles/commands.ts';
import { postgres } from '../../src/roles/postgres.ts';
import { router } from '../../src/roles/router.ts';
import { createControl } from '../bridge/support/control.ts';
import { ENVIRONMENT } from '../bridge/support/python.ts';
import { type BridgeSystem, startBridgeSystem } from '../bridge/support/system.ts';
import { installTestPython } from '../runner/python.ts';
import { until } from '../support/until.ts';

const PATIENCE_MS = 120_000;
// A busy machine takes long to start Python, and systems of all roles.
jest.setTimeout(2 * PATIENCE_MS);
const python = await installTestPython();
const folder = mkdtempSync(join(tmpdir(), 'studies-'));
afterAll(() => rmSync(folder, { recursive: true }));

let system: BridgeSystem;
const settings = { CEREBROS_PYTHON: python, BRIDGE_MODE: 'warm', BRIDGE_WORKERS: '3', BRIDGE_RETRIES: '0' };

/** A trial as Optuna has it. */
interface OptunaTrial {
  readonly number: number;
  readonly state: string;
  readonly trial_id: string;
  readonly value: number | null;
}

const optunaTrials = (run: string) =>
  system.query<OptunaTrial & Record<string, unknown>>(
    `select t.number, t.state::text, a.value_json::jsonb #>> '{}' as trial_id, v.value
       from optuna.trials t
       join optuna.studies s using (study_id)
       join optuna.trial_user_attributes a on a.trial_id = t.trial_id and a.key = 'trial_id'
       left join optuna.trial_values v on v.trial_id = t.trial_id
      where s.study_name = $1 order by t.number`,
    [run],
  );

/** The rows of the queue, once the study has the result of every trial. */
const told = (run: string, count: number) =>
  until(`the study ${run} has ${count} results`, PATIENCE_MS, async () => {
    const rows = await system.query<{ trial_id: string; optuna_number: number; epoch: number }>(
      `select trial_id, optuna_number, epoch from bridge_trials
        where model_run_id = $1 and state = 'ended' and told order by optuna_number`,
      [run],
    );
    return rows.length >= count && rows;
  });

const X = { type: 'float', low: 0, high: 1 };

const SPEC: StudySpec = {
  search_space: { x: { type: 'float', low: 0, high: 1 } },
  metric: 'loss',
  direction: 'minimize',
  sampler: 'tpe',
  pruner: 'none',
  seed: null,
};

/** The studies of a bridge that this test has instead of a process. */
async function lostStudies(): Promise<Studies> {
  const { control } = await createControl();
  const { databaseUrl } = system.world;
  return createStudies(
    { ...STUDY_LIMITS, control, python, environment: ENVIRONMENT, databaseUrl },
    { log: createLog('silent'), metrics: createMetrics() },
  );
}

describe('a bridge with warm workers', () => {
  beforeAll(async () => {
    system = await startBridgeSystem('study_worker.py', settings);
  }, PATIENCE_MS);
  afterAll(() => system.close());

  test('stores the value of each trial, and takes the choices of a balanced parameter in turn', async () => {
    await system.post('/api/runs', { model_run_id: 'study', n_trials: 12, parallelism: 3, search_space: { x: X } });
    const rows = await system.ended('study', 12);
    expect(rows.filter(({ spectral_norm }) => spectral_norm)).toHaveLength(6);
    const queue = await told('study', 12);
    const trials = await optunaTrials('study');
    expect(trials.map(({ number, trial_id }) => ({ number, trial_id }))).toEqual(
      queue.map(({ optuna_number, trial_id }) => ({ number: optuna_number, trial_id })),
    );
    const value = new Map(rows.map(({ trial_id, metrics }) => [trial_id, metrics?.val_accuracy]));
    for (const trial of trials) expect(trial).toMatchObject({ state: 'COMPLETE', value: value.get(trial.trial_id) });
  });

  test('ends each trial in its row and in the study as it ended', async () => {
    const ends = { type: 'categorical', choices: ['complete', 'pruned', 'raises', 'nan', 'other'], balanced: true };
    await system.post('/api/runs', {
      model_run_id: 'ends',
      n_trials: 5,
      parallelism: 2,
      search_space: { x: X, end: ends },
      spectral_norm: true,
    });
    const rows = await system.ended('ends', 5);
    await told('ends', 5);
    const states = new Map((await optunaTrials('ends')).map(({ trial_id, state }) => [trial_id, state]));
    const ended = rows.map(({ trial_id, status, error_type, hyperparams, spectral_norm }) => [
      (hyperparams as { readonly end: string }).end,
      { status, error_type, spectral_norm, optuna: states.get(trial_id) },
    ]);
    expect(Object.fromEntries(ended)).toEqual({
      complete: { status: 'completed', error_type: null, spectral_norm: true, optuna: 'COMPLETE' },
      pruned: { status: 'skipped', error_type: 'pruned', spectral_norm: true, optuna: 'PRUNED' },
      raises: { status: 'failed', error_type: 'ValueError', spectral_norm: true, optuna: 'FAIL' },
      nan: { status: 'failed', error_type: 'objective_not_finite', spectral_norm: true, optuna: 'FAIL' },
      other: { status: 'failed', error_type: 'objective_missing', spectral_norm: true, optuna: 'FAIL' },
    });
  });

  test('fails no trial while Optuna is unavailable, and passes the results on afterwards', async () => {
    const release = join(folder, 'release-away');
    const study = { n_trials: 2, parallelism: 2, search_space: { x: X }, payload: { for: release } };
    await system.post('/api/runs', { model_run_id: 'away', ...study, timeout_ms: 600_000 });
    await until('both trials have values', PATIENCE_MS, async () => {
      const rows = await system.query(
        'select 1 from bridge_trials where model_run_id = $1 and optuna_number is not null',
        ['away'],
      );
      return rows.length === 2;
    });
    await system.query('alter schema optuna rename to optuna_away');
    writeFileSync(release, '');
    try {
      const rows = await system.ended('away', 2);
      expect(rows.map(({ status }) => status)).toEqual(['completed', 'completed']);
    } finally {
      await system.query('alter schema optuna_away rename to optuna');
    }
    await told('away', 2);
    expect((await optunaTrials('away')).map(({ state }) => state)).toEqual(['COMPLETE', 'COMPLETE']);
  });

  test('ends the trial of Optuna whose values a lost bridge never stored', async () => {
    const release = join(folder, 'release-unstored');
    await system.post('/api/runs', {
      model_run_id: 'unstored',
      n_trials: 2,
      parallelism: 1,
      search_space: { x: X },
      payload: { for: release },
      timeout_ms: 600_000,
    });
    await until('the first trial has values', PATIENCE_MS, async () => {
      const rows = await system.query(
        `select 1 from bridge_trials where model_run_id = 'unstored' and optuna_number is not null`,
      );
      return rows.length === 1;
    });
    const studies = await lostStudies();
    await studies.ask(
      { modelRunId: 'unstored', spec: { ...SPEC, metric: 'val_accuracy', direction: 'maximize' } },
      { trialId: 'trial_001', number: null, again: false },
    );
    await studies.close();
    await system.query(`update bridge_trials set epoch = 1 where model_run_id = 'unstored' and trial_id = 'trial_001'`);
    await system.post('/api/runs/unstored/trials/trial_001/cancel');
    writeFileSync(release, '');
    await told('unstored', 2);
    const states = (await optunaTrials('unstored')).map(({ trial_id, state }) => [trial_id, state]);
    expect(Object.fromEntries(states)).toEqual({ trial_000: 'COMPLETE', trial_001: 'FAIL' });
  });

  test('fails the trials of a study that Optuna refuses', async () => {
    const studies = await lostStudies();
    await studies.ask({ modelRunId: 'taken', spec: SPEC }, { trialId: 't', number: null, again: false });
    await studies.close();
    await system.post('/api/runs', { model_run_id: 'taken', n_trials: 1, search_space: { x: X } });
    const [row] = await system.ended('taken', 1);
    expect(row).toMatchObject({ status: 'failed', error_type: 'study_refused' });
    expect(row?.error_message).toContain('Use another model_run_id');
  });
});

test('continues the trial of a stopped bridge with its values', async () => {
  system = await startBridgeSystem('study_worker.py', settings, [commands, router, postgres]);
  try {
    const release = join(folder, 'release-lost');
    const first = await system.another([bridge]);
    await system.post('/api/runs', {
      model_run_id: 'lost',
      n_trials: 1,
      search_space: { x: X },
      payload: { for: release },
      timeout_ms: 600_000,
    });
    const chosen = await until('the trial has values', PATIENCE_MS, async () => {
      const rows = await system.query<{ hyperparams: string }>(
        `select hyperparams from bridge_trials where model_run_id = 'lost' and optuna_number is not null`,
      );
      return rows[0]?.hyperparams;
    });
    await first.stop();
    writeFileSync(release, '');
    await system.another([bridge]);
    const [row] = await system.ended('lost', 1);
    expect(row).toMatchObject({ status: 'completed', hyperparams: JSON.parse(chosen) });
    const [trial] = await told('lost', 1);
    expect(trial).toMatchObject({ optuna_number: 0, epoch: 2 });
    expect(await optunaTrials('lost')).toMatchObject([{ number: 0, state: 'COMPLETE' }]);
  } finally {
    await system.close();
  }
});
