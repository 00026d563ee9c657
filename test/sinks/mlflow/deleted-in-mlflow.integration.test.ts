import { afterAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { eventually } from '../../support/eventually.ts';
import { openSink as openPostgresSink } from '../postgres/open-sink.ts';
import { completed, delivered, metric, started } from './events.ts';
import { createMirrorWorld } from './mirror-world.ts';

const world = await createMirrorWorld();
/** MLflow's own database, for what only `mlflow gc` does. */
const store = new pg.Pool({ connectionString: mlflowDatabase(), max: 1 });
afterAll(async () => {
  await store.end();
  await world.close();
});

function mlflowDatabase(): string {
  const url = new URL(world.databaseUrl);
  url.pathname = '/mlflow';
  return url.href;
}

const trialOf = (run: string, trial = 't') => ({ model_run_id: run, trial_id: trial });

async function experimentOf(run: string): Promise<string> {
  const found = await world.client.getExperimentByName(run);
  if (!found.ok) throw new Error(found.refusal.message);
  return found.value.experimentId;
}

const post = (call: string, body: object): Promise<Response> =>
  fetch(`${world.mlflowUrl}/api/2.0/mlflow/${call}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });

/** Deletes a run and everything of it permanently, as `mlflow gc` does. */
async function collect(runId: string): Promise<void> {
  for (const table of ['metrics', 'latest_metrics', 'params', 'tags', 'runs']) {
    await store.query(`delete from ${table} where run_uuid = $1`, [runId]);
  }
}

test('a run that a person deleted stays deleted, and nothing is written to it', async () => {
  const run = world.runId('deleted-run');
  const { sink, count } = await world.openSink();
  await sink.write(...delivered([started(trialOf(run)), metric(trialOf(run), 0), started(trialOf(run, 'u'))]));
  const [found] = await world.runs(run);
  await world.client.deleteRun(found?.runId ?? '');
  expect(await sink.write(...delivered([metric(trialOf(run), 1), metric(trialOf(run, 'u'), 1)], 3))).toEqual([]);
  await sink.write(...delivered([completed(trialOf(run))], 5));
  expect((await world.runs(run)).map(({ name }) => name)).toEqual(['u']);
  const [deleted] = await world.runs(run, 'DELETED_ONLY');
  expect(deleted).toMatchObject({ name: 't', status: 'RUNNING' });
  expect(deleted?.points.get('loss')).toHaveLength(1);
  expect(await count('mlflowRuns', { result: 'deleted' })).toBe(1);
  expect(await count('mlflowRecords', { result: 'deleted' })).toBe(2);
});

test('a deleted experiment is restored without the runs that were deleted before it', async () => {
  const run = world.runId('deleted-experiment');
  const { sink } = await world.openSink();
  const trials = ['kept', 'deleted', 'superseded'];
  await sink.write(...delivered(trials.map((trial) => started(trialOf(run, trial)))));
  const byName = new Map((await world.runs(run)).map(({ name, runId }) => [name, runId]));
  // A person deletes one run, and a late id supersedes another one.
  await world.client.deleteRun(byName.get('deleted') ?? '');
  await sink.write(...delivered([metric(trialOf(run, 'deleted'), 0)], 3));
  const experimentId = await experimentOf(run);
  const theirs = await world.client.createRun({ experimentId, startTimeMs: 1, name: 'theirs', tags: [] });
  if (!theirs.ok) throw new Error(theirs.refusal.message);
  const late = { ...trialOf(run, 'superseded'), mlflow_run_id: theirs.value.runId };
  await sink.write(...delivered([completed(late)], 4));

  await post('experiments/delete', { experiment_id: experimentId });
  expect(await world.runs(run)).toEqual([]);
  await sink.write(...delivered([metric(trialOf(run, 'kept'), 0), started(trialOf(run, 'new'))], 5));
  expect((await world.runs(run)).map(({ name }) => name)).toEqual(['kept', 'new', 'theirs']);
  expect((await world.runs(run))[0]?.points.get('loss')).toHaveLength(1);
});

test('a deleted experiment that the tables do not have is restored without superseded runs', async () => {
  const run = world.runId('deleted-unknown');
  const { sink } = await world.openSink();
  await sink.write(...delivered([started(trialOf(run)), started(trialOf(run, 'u'))]));
  const experimentId = await experimentOf(run);
  const theirs = await world.client.createRun({ experimentId, startTimeMs: 1, name: 'theirs', tags: [] });
  if (!theirs.ok) throw new Error(theirs.refusal.message);
  await sink.write(...delivered([completed({ ...trialOf(run), mlflow_run_id: theirs.value.runId })], 2));
  await post('experiments/delete', { experiment_id: experimentId });
  await world.database.query('truncate mlflow_links, mlflow_experiments');
  await sink.write(...delivered([metric(trialOf(run, 'u'), 0)], 3));
  expect((await world.runs(run)).map(({ name }) => name)).toEqual(['theirs', 'u']);
});

test('a run that does not exist any more is created again with every point that Postgres has', async () => {
  const run = world.runId('gone');
  const postgres = await openPostgresSink(world.databaseUrl);
  const { sink, count } = await world.openSink();
  const [records, place] = delivered([
    started(trialOf(run), { hyperparams: { lr: 1 } }),
    ...Array.from({ length: 1_500 }, (_, step) => metric(trialOf(run), step)),
  ]);
  await postgres.write(records);
  await sink.write(records, place);
  const [lost] = await world.runs(run);
  await collect(lost?.runId ?? '');
  await sink.write(...delivered([metric(trialOf(run), 2_000), completed(trialOf(run))], 1_501));
  const [found, ...others] = await world.runs(run, 'ALL');
  expect(others).toEqual([]);
  expect(found?.runId).not.toBe(lost?.runId);
  expect(found).toMatchObject({ status: 'FINISHED', startTimeMs: lost?.startTimeMs });
  expect(Object.fromEntries(found?.params ?? [])).toEqual({ lr: '1' });
  expect(found?.points.get('loss')).toHaveLength(1_501);
  expect(await count('mlflowRuns', { result: 'gone' })).toBe(1);
  await postgres.close();
});

test('a run that is created again gets the points that Postgres did not have at that moment', async () => {
  const run = world.runId('gone-behind');
  const postgres = await openPostgresSink(world.databaseUrl);
  const { sink } = await world.openSink();
  const events = [
    started(trialOf(run), { hyperparams: { lr: 1 } }),
    ...[0, 1, 2, 3].map((step) => metric(trialOf(run), step)),
  ];
  const [records, place] = delivered(events);
  await sink.write(records, place);
  const [lost] = await world.runs(run);
  await collect(lost?.runId ?? '');
  // The sink of Postgres has only the first point by now.
  await postgres.write(records.slice(1, 2));
  await sink.write(...delivered([completed(trialOf(run))], 5));
  expect((await world.runs(run))[0]?.points.get('loss')).toHaveLength(1);
  await postgres.write(records);
  // The trial has ended, and no record arrives any more.
  await world.database.query('update mlflow_links set backfill_due = now() where model_run_id = $1', [run]);
  await world.openSink({ backfillsEveryMs: 50 });
  const links = 'select backfill, awaited from mlflow_links where model_run_id = $1 and trial_id = $2';
  const link = async () => (await world.database.query(links, [run, 't'])).rows;
  await eventually(async () => (await link())[0]?.backfill === false);
  const [found] = await world.runs(run);
  expect(found?.points.get('loss')?.map(({ step }) => step)).toEqual([0, 1, 2, 3]);
  expect(Object.fromEntries(found?.params ?? [])).toEqual({ lr: '1' });
  expect(await link()).toEqual([{ backfill: false, awaited: {} }]);
  await postgres.close();
});

test('an id that another MLflow database gave to another experiment is not used', async () => {
  const run = world.runId('another-database');
  const { sink } = await world.openSink();
  await sink.write(...delivered([started(trialOf(run)), metric(trialOf(run), 0)]));
  const experimentId = await experimentOf(run);
  for (const { runId } of await world.runs(run)) await collect(runId);
  await store.query('delete from experiment_tags where experiment_id = $1', [experimentId]);
  const other = world.runId('somebody-else');
  await store.query('update experiments set name = $2, creation_time = creation_time + 1 where experiment_id = $1', [
    experimentId,
    other,
  ]);
  // A server needs longer than the trust of a process to start with another database.
  const next = await world.openSink();
  await next.sink.write(...delivered([started(trialOf(run, 'u')), metric(trialOf(run), 1)], 2));
  expect(await world.runs(other, 'ALL')).toEqual([]);
  expect((await world.runs(run)).map(({ name }) => name)).toEqual(['t', 'u']);
  expect(await experimentOf(run)).not.toBe(experimentId);
});

test('an experiment that a person renamed is still the one of its run', async () => {
  const run = world.runId('renamed');
  const { sink } = await world.openSink();
  await sink.write(...delivered([started(trialOf(run))]));
  const experimentId = await experimentOf(run);
  const name = world.runId('renamed by a person');
  await post('experiments/update', { experiment_id: experimentId, new_name: name });
  const next = await world.openSink();
  await next.sink.write(...delivered([started(trialOf(run, 'u'))], 1));
  expect((await world.runs(name)).map((each) => each.name)).toEqual(['t', 'u']);
  expect(await world.runs(run)).toEqual([]);
});

test('an experiment that does not exist any more is created again', async () => {
  const run = world.runId('gone-experiment');
  const { sink } = await world.openSink();
  await sink.write(...delivered([started(trialOf(run))]));
  const experimentId = await experimentOf(run);
  for (const { runId } of await world.runs(run)) await collect(runId);
  await store.query('delete from experiment_tags where experiment_id = $1', [experimentId]);
  await store.query('delete from experiments where experiment_id = $1', [experimentId]);
  await sink.write(...delivered([started(trialOf(run, 'u'))], 1));
  expect((await world.runs(run)).map(({ name }) => name)).toEqual(['u']);
  expect(await experimentOf(run)).not.toBe(experimentId);
});
