import { afterAll, expect, test } from '@jest/globals';
import { openSink as openPostgresSink } from '../postgres/open-sink.ts';
import { completed, delivered, metric, started } from './events.ts';
import { createMirrorWorld } from './mirror-world.ts';

const world = await createMirrorWorld();
afterAll(() => world.close());

const trialOf = (run: string, trial = 't') => ({ model_run_id: run, trial_id: trial });

test('a run that a person restored is written to again, with the points that it missed', async () => {
  const run = world.runId('restored-run');
  const postgres = await openPostgresSink(world.databaseUrl);
  const all = [
    started(trialOf(run)),
    ...[0, 1, 2, 3].map((step) => metric(trialOf(run), step)),
    completed(trialOf(run), { parameters: { lr: 1 } }),
  ];
  const { sink } = await world.openSink();
  await sink.write(...delivered(all.slice(0, 2)));
  const [found] = await world.runs(run);
  await world.client.deleteRun(found?.runId ?? '');
  await sink.write(...delivered(all.slice(2, 4), 2));
  await postgres.write(delivered(all.slice(0, 4))[0]);
  await world.client.restoreRun(found?.runId ?? '');
  // Another process, which has not looked for the run a moment ago.
  const other = await world.openSink();
  await other.sink.write(...delivered(all.slice(4), 4));
  const [restored, ...others] = await world.runs(run, 'ALL');
  expect(others).toEqual([]);
  expect(restored).toMatchObject({ runId: found?.runId, status: 'FINISHED' });
  expect(restored?.points.get('loss')?.map(({ step }) => step)).toEqual([0, 1, 2, 3]);
  expect(await other.count('mlflowRuns', { result: 'restored' })).toBe(1);
  await postgres.close();
});

test('a run that a person restored a moment ago gets everything when its trial ends', async () => {
  const run = world.runId('restored-ended');
  const postgres = await openPostgresSink(world.databaseUrl);
  const all = [started(trialOf(run)), metric(trialOf(run), 0), metric(trialOf(run), 1), completed(trialOf(run))];
  const { sink } = await world.openSink();
  await sink.write(...delivered(all.slice(0, 1)));
  const [found] = await world.runs(run);
  await world.client.deleteRun(found?.runId ?? '');
  await sink.write(...delivered(all.slice(1, 2), 1));
  await world.client.restoreRun(found?.runId ?? '');
  await sink.write(...delivered(all.slice(2, 3), 2));
  await postgres.write(delivered(all.slice(0, 3))[0]);
  expect((await world.runs(run))[0]?.points.get('loss')).toBeUndefined();
  await sink.write(...delivered(all.slice(3), 3));
  const [restored] = await world.runs(run, 'ALL');
  expect(restored).toMatchObject({ runId: found?.runId, status: 'FINISHED' });
  expect(restored?.points.get('loss')?.map(({ step }) => step)).toEqual([0, 1]);
  await postgres.close();
});

test('a run that a person restored stays when the runs of its experiment are read again', async () => {
  const run = world.runId('restored-listed');
  const { sink } = await world.openSink();
  await sink.write(...delivered([started(trialOf(run))]));
  const [found] = await world.runs(run);
  await world.client.deleteRun(found?.runId ?? '');
  await sink.write(...delivered([metric(trialOf(run), 0)], 1));
  await world.client.restoreRun(found?.runId ?? '');
  // As after the link of another trial was lost.
  await world.database.query('update mlflow_experiments set listed = false where model_run_id = $1', [run]);
  await sink.write(...delivered([started(trialOf(run, 'u'))], 2));
  await sink.write(...delivered([metric(trialOf(run), 1)], 3));
  const runs = await world.runs(run);
  expect(runs.map(({ name }) => name)).toEqual(['t', 'u']);
  expect(runs[0]?.points.get('loss')).toHaveLength(1);
});
