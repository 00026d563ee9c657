import { afterAll, expect, test } from '@jest/globals';
import { startAuthServer } from '../../mlflow/auth-server.ts';
import { openSink as openPostgresSink } from '../postgres/open-sink.ts';
import { AT, completed, delivered, metric, started } from './events.ts';
import { createMirrorWorld } from './mirror-world.ts';

const server = await startAuthServer();
const world = await createMirrorWorld(server);
afterAll(async () => {
  await world.close();
  await server.close();
});

const UNKNOWN = '00000000000000000000000000000000';
const trialOf = (run: string, trial = 't') => ({ model_run_id: run, trial_id: trial });

/** Another user creates an experiment, which is read-only for the mirror. */
const foreignExperiment = async (name: string): Promise<string> =>
  String((await server.asAdmin('2.0/mlflow/experiments/create', { name })).experiment_id);

async function foreignRun(experiment: string): Promise<string> {
  const fields = { experiment_id: await foreignExperiment(experiment), start_time: AT, run_name: 'theirs' };
  const { run } = (await server.asAdmin('2.0/mlflow/runs/create', fields)) as { run: { info: { run_id: string } } };
  return run.info.run_id;
}

test('an MLflow run that a trial names and MLflow does not show to this user is no run of the trial', async () => {
  const run = world.runId('unknown');
  const { sink, count } = await world.openSink();
  const ids = { ...trialOf(run), mlflow_run_id: UNKNOWN };
  expect(await sink.write(...delivered([started(ids), metric(ids, 0), started(trialOf(run, 'u'))]))).toEqual([]);
  const found = await world.runs(run);
  expect(found.map(({ name, points }) => [name, points.get('loss')?.length])).toEqual([
    ['t', 1],
    ['u', undefined],
  ]);
  expect(found[0]?.tags.get('thunderline.unknown_mlflow_run_id')).toBe(UNKNOWN);
  expect(await count('mlflowAway')).toBe(0);
});

test('a run of another user gets no tags, and no other trial waits for it', async () => {
  const run = world.runId('read-only');
  const theirs = await foreignRun(world.runId('theirs'));
  const { sink, count } = await world.openSink();
  const ids = { ...trialOf(run), mlflow_run_id: theirs };
  const events = [started(ids), started(trialOf(run, 'u')), metric(trialOf(run, 'u'), 0), completed(ids)];
  expect(await sink.write(...delivered(events))).toEqual([]);
  expect((await world.runs(run)).map(({ name, points }) => [name, points.size])).toEqual([['u', 1]]);
  const held = await world.client.getRun(theirs);
  expect(held).toMatchObject({ ok: true, value: { name: 'theirs' } });
  expect(held.ok && held.value.tags.has('thunderline.key')).toBe(false);
  expect(await count('mlflowRecords', { result: 'forbidden' })).toBe(2);
  expect(await count('mlflowAway')).toBe(0);
});

test('an experiment of another user holds up no other run; once it is allowed, its trials get all points', async () => {
  const [run, other] = [world.runId('foreign'), world.runId('own')];
  const experiment = await foreignExperiment(run);
  const postgres = await openPostgresSink(world.databaseUrl);
  const { sink, count } = await world.openSink();
  const batch = delivered([
    started(trialOf(run), { hyperparams: { lr: 1 } }),
    ...[0, 1, 2].map((step) => metric(trialOf(run), step)),
    started(trialOf(other)),
    started(trialOf(run, 'u')),
  ]);
  await postgres.write(batch[0]);
  expect(await sink.write(...batch)).toEqual([]);
  expect(await world.runs(run)).toEqual([]);
  expect((await world.runs(other)).map(({ name }) => name)).toEqual(['t']);
  // One attempt, and not one for each trial, each of which costs the server a quarter of a second.
  expect(await count('mlflowCalls', { call: 'runs/create', result: 'forbidden' })).toBeLessThanOrEqual(2);
  expect(await count('mlflowAway')).toBe(0);

  const { username } = server.credentials;
  const grant = { username, resource_type: 'experiment', resource_id: experiment, permission: 'EDIT' };
  await server.asAdmin('3.0/mlflow/users/permissions/grant', grant);
  const next = await world.openSink();
  const more = delivered([metric(trialOf(run), 3), completed(trialOf(run))], 6);
  await postgres.write(more[0]);
  expect(await next.sink.write(...more)).toEqual([]);
  const [found, ...others] = await world.runs(run);
  expect(others).toEqual([]);
  expect(found?.points.get('loss')?.map(({ step }) => step)).toEqual([0, 1, 2, 3]);
  expect(Object.fromEntries(found?.params ?? [])).toEqual({ lr: '1' });
  expect(found).toMatchObject({ status: 'FINISHED' });
  await postgres.close();
});

test('a run of the mirror that MLflow does not have any more is replaced', async () => {
  const run = world.runId('gone');
  const { sink, count } = await world.openSink();
  await sink.write(...delivered([started(trialOf(run)), metric(trialOf(run), 0)]));
  await world.database.query('update mlflow_links set run_id = $2 where model_run_id = $1', [run, UNKNOWN]);
  expect(await sink.write(...delivered([metric(trialOf(run), 1)], 2))).toEqual([]);
  const found = await world.runs(run, 'ALL');
  expect(found.map(({ points }) => points.get('loss')?.length)).toEqual([2]);
  expect(await count('mlflowRuns', { result: 'gone' })).toBe(1);
});
