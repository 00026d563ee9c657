import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type BridgeSystem, startBridgeSystem } from '../bridge/support/system.ts';
import { eventually } from '../support/eventually.ts';

let system: BridgeSystem;
beforeAll(async () => {
  system = await startBridgeSystem('misbehave.py', { BRIDGE_TIMEOUT_MS: '600000' });
});
afterAll(() => system.close());

const SLEEP = { do: 'sleep' };

const states = async (run: string) =>
  (
    await system.query<{ state: string }>('select state from bridge_trials where model_run_id = $1 order by trial_id', [
      run,
    ])
  ).map(({ state }) => state);

test('cancelling a run ends its queued trials and kills its running ones', async () => {
  const trials = ['a', 'b', 'c'].map((trial_id) => ({ trial_id, hyperparams: SLEEP, parallelism: 2 }));
  await system.post('/api/runs/run/trials', trials);
  // The trials are records of several partitions, which the bridge may read in any order: any two of them run.
  await eventually(async () => (await states('run')).sort().join() === 'leased,leased,queued');
  expect((await system.post('/api/runs/run/cancel')).status).toBe(202);
  const rows = await system.ended('run', 3);
  expect(rows.map(({ status }) => status)).toEqual(['cancelled', 'cancelled', 'cancelled']);
  const attempts = await system.query('select outcome from bridge_attempts');
  expect(attempts).toEqual([{ outcome: 'cancelled' }, { outcome: 'cancelled' }]);
  expect(await system.query(`select running, active from bridge_runs where model_run_id = 'run'`)).toMatchObject([
    { running: 0 },
  ]);
});

test('cancelling a trial leaves the others of its run', async () => {
  await system.post('/api/runs/some/trials', [
    { trial_id: 'gone', hyperparams: SLEEP },
    { trial_id: 'stays', hyperparams: SLEEP },
  ]);
  await eventually(async () => (await states('some')).join() === 'leased,leased');
  await system.post('/api/runs/some/trials/gone/cancel');
  expect(await system.ended('some', 1)).toMatchObject([{ trial_id: 'gone', status: 'cancelled' }]);
  expect(await states('some')).toEqual(['ended', 'leased']);
  await system.post('/api/runs/some/cancel');
  await system.ended('some', 2);
});

test('a trial that is commanded after the cancel of its run runs', async () => {
  await system.post('/api/runs/again/cancel');
  await eventually(
    async () => (await system.query(`select 1 from bridge_runs where model_run_id = 'again'`)).length === 1,
  );
  await system.post('/api/runs/again/trials', { trial_id: 'new', hyperparams: { do: 'succeed' } });
  expect(await system.ended('again', 1)).toMatchObject([{ trial_id: 'new', status: 'completed' }]);
});

test('a worker that ignores SIGTERM does not delay a cancel forever', async () => {
  await system.post('/api/runs/stubborn/trials', { trial_id: 't', hyperparams: { do: 'ignore_term' } });
  const output = async () => (await states('stubborn')).join() === 'leased';
  await eventually(output);
  await system.post('/api/runs/stubborn/cancel');
  expect(await system.ended('stubborn', 1)).toMatchObject([{ status: 'cancelled' }]);
});
