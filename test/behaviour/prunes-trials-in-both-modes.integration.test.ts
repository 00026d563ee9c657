import { expect, jest, test } from '@jest/globals';
import { startBridgeSystem } from '../bridge/support/system.ts';
import { installTestPython } from '../runner/python.ts';

const PATIENCE_MS = 120_000;
jest.setTimeout(2 * PATIENCE_MS);
const python = await installTestPython();

test.each(['warm', 'oneshot'])('a study prunes a trial of a worker in the mode %s', async (mode) => {
  const settings = { CEREBROS_PYTHON: python, BRIDGE_MODE: mode, BRIDGE_WORKERS: '1', BRIDGE_RETRIES: '0' };
  const system = await startBridgeSystem('study_worker.py', settings);
  try {
    // The objective falls from trial to trial, so that the sixth is below the median of the first five.
    const x = { type: 'categorical', choices: [0.9, 0.8, 0.7, 0.6, 0.5, 0.1], balanced: true };
    await system.post('/api/runs', {
      model_run_id: 'pruning',
      n_trials: 6,
      parallelism: 1,
      search_space: { x },
      pruner: 'median',
      timeout_ms: PATIENCE_MS,
      payload: { steps: 2 },
    });
    const rows = await system.ended('pruning', 6);
    const ends = rows.map(({ hyperparams, status, error_type }) => {
      const { x } = hyperparams as { readonly x: number };
      return [x, error_type === null ? status : `${status}: ${error_type}`];
    });
    expect(Object.fromEntries(ends)).toEqual({
      0.9: 'completed',
      0.8: 'completed',
      0.7: 'completed',
      0.6: 'completed',
      0.5: 'completed',
      0.1: 'skipped: pruned',
    });
    const inOptuna = await system.query(`select state::text, count(*)::int from optuna.trials group by 1 order by 1`);
    expect(inOptuna).toEqual([
      { state: 'COMPLETE', count: 5 },
      { state: 'PRUNED', count: 1 },
    ]);
  } finally {
    await system.close();
  }
});
