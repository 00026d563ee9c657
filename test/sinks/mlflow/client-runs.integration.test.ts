import { afterAll, expect, test } from '@jest/globals';
import { tagOf } from '../../../src/mlflow/entities.ts';
import { AT, completed, delivered, metric, started } from './events.ts';
import { createMirrorWorld } from './mirror-world.ts';

const world = await createMirrorWorld();
afterAll(() => world.close());

/** Creates a run as training code does, in an experiment of the same name. */
async function clientRun(experiment: string, name: string, note?: string): Promise<string> {
  const existing = await world.client.getExperimentByName(experiment);
  const created = existing.ok
    ? { ok: true as const, value: existing.value.experimentId }
    : await world.client.createExperiment({ name: experiment, tags: [] });
  if (!created.ok) throw new Error(created.refusal.message);
  const tags = note === undefined ? [] : [tagOf('mlflow.note.content', note)];
  const run = await world.client.createRun({ experimentId: created.value, startTimeMs: AT, name, tags });
  if (!run.ok) throw new Error(run.refusal.message);
  return run.value.runId;
}

const trialOf = (run: string, trial = 't') => ({ model_run_id: run, trial_id: trial });

test('a trial that names its MLflow run from the start is linked to it, and nothing but tags is written', async () => {
  const run = world.runId('client');
  const theirs = await clientRun(run, 'theirs', 'my notes');
  const { sink } = await world.openSink();
  const ids = { ...trialOf(run), mlflow_run_id: theirs };
  await sink.write(
    ...delivered([started(ids, { hyperparams: { lr: 1 }, spectral_norm: true }), metric(ids, 0), completed(ids)]),
  );
  const [found, ...others] = await world.runs(run, 'ALL');
  expect(others).toEqual([]);
  expect(found).toMatchObject({ runId: theirs, status: 'RUNNING', params: new Map(), points: new Map() });
  expect(Object.fromEntries(found?.tags ?? [])).toMatchObject({
    trial_id: 't',
    model_run_id: run,
    constraint_method: 'spectral_norm',
    'thunderline.origin': 'client',
    'thunderline.status': 'completed',
    'thunderline.url': expect.stringContaining('trial=t'),
    'mlflow.note.content': 'my notes',
  });
});

test('an id that arrives late moves the link, and deletes the run of the mirror', async () => {
  const run = world.runId('late');
  const { sink, count } = await world.openSink();
  await sink.write(...delivered([started(trialOf(run), { hyperparams: { lr: 1 } }), metric(trialOf(run), 0)]));
  const [mine] = await world.runs(run);
  const theirs = await clientRun(run, 'theirs');
  const ids = { ...trialOf(run), mlflow_run_id: theirs };
  await sink.write(...delivered([metric(trialOf(run), 1), completed(ids), metric(trialOf(run), 2)], 2));
  expect((await world.runs(run)).map(({ runId, points }) => [runId, points.size])).toEqual([[theirs, 0]]);
  const [deleted] = await world.runs(run, 'DELETED_ONLY');
  expect(deleted?.runId).toBe(mine?.runId);
  expect(deleted?.tags.get('thunderline.superseded_by')).toBe(theirs);
  expect(deleted?.tags.has('thunderline.key')).toBe(false);
  expect(await count('mlflowRuns', { result: 'superseded' })).toBe(1);
});

test('an id that MLflow does not have leaves the trial with a run of the mirror, which names it', async () => {
  const run = world.runId('unknown');
  const { sink, count } = await world.openSink();
  const ids = { ...trialOf(run), mlflow_run_id: '00000000000000000000000000000000' };
  const badIds = { ...trialOf(run, 'bad'), mlflow_run_id: '../other?x' };
  const batch = delivered([started(ids), metric(ids, 0), started(badIds), completed(badIds)]);
  await sink.write(...batch);
  await sink.write(...delivered([metric(ids, 1)], 4));
  const found = await world.runs(run, 'ALL');
  expect(found.map(({ name, points }) => [name, points.get('loss')?.length])).toEqual([
    ['bad', undefined],
    ['t', 2],
  ]);
  expect(found.map(({ tags }) => tags.get('thunderline.unknown_mlflow_run_id'))).toEqual([
    badIds.mlflow_run_id,
    ids.mlflow_run_id,
  ]);
  expect(await count('mlflowRuns', { result: 'unknown' })).toBe(2);
});

test('a nested run replaces its parent, which stays and is not the run of the trial any more', async () => {
  const run = world.runId('nested');
  const [parent, nested] = [await clientRun(run, 'parent'), await clientRun(run, 'nested')];
  expect((await world.client.setTag(parent, tagOf('team', 'vision'))).ok).toBe(true);
  const { sink } = await world.openSink();
  await sink.write(...delivered([started({ ...trialOf(run), mlflow_run_id: parent })]));
  await sink.write(...delivered([metric({ ...trialOf(run), mlflow_run_id: nested }, 0)], 1));
  const found = await world.runs(run, 'ALL');
  expect(found.map(({ name, lifecycleStage, tags }) => [name, lifecycleStage, tags.get('trial_id')])).toEqual([
    ['nested', 'active', 't'],
    ['parent', 'active', undefined],
  ]);
  // It has its own tags, as before, and none of the mirror.
  const left = [...(found[1]?.tags.keys() ?? [])].filter((name) => !name.startsWith('mlflow.'));
  expect(left).toEqual(['team']);
});

test('an older event that names another run, which is read again, does not take the trial back', async () => {
  const run = world.runId('older');
  const [parent, nested] = [await clientRun(run, 'parent'), await clientRun(run, 'nested')];
  const { sink } = await world.openSink();
  const first = delivered([started({ ...trialOf(run), mlflow_run_id: parent })]);
  await sink.write(...first);
  await sink.write(...delivered([metric({ ...trialOf(run), mlflow_run_id: nested }, 0)], 1));
  // By a process that has not seen the later one, as after a moved position of its group.
  const other = await world.openSink();
  await other.sink.write(...first);
  const found = await world.runs(run);
  expect(found.map(({ name, tags }) => [name, tags.has('thunderline.key')])).toEqual([
    ['nested', true],
    ['parent', false],
  ]);
});

test('two trials that name one MLflow run: the first is linked, the other one has a run of the mirror', async () => {
  const run = world.runId('shared');
  const theirs = await clientRun(run, 'theirs');
  const { sink } = await world.openSink();
  const [one, other] = [
    { ...trialOf(run, 'one'), mlflow_run_id: theirs },
    { ...trialOf(run, 'other'), mlflow_run_id: theirs },
  ];
  await sink.write(...delivered([started(one)]));
  await sink.write(...delivered([started(other), metric(other, 0)], 1));
  const found = await world.runs(run, 'ALL');
  expect(found.map(({ name, tags }) => [name, tags.get('trial_id')])).toEqual([
    ['other', 'other'],
    ['theirs', 'one'],
  ]);
  expect(found[0]?.points.get('loss')).toHaveLength(1);
});

test('the run of a trial whose link is lost is still the one of its training code', async () => {
  const run = world.runId('client-lost');
  const theirs = await clientRun(run, 'theirs');
  const { sink } = await world.openSink();
  await sink.write(...delivered([started({ ...trialOf(run), mlflow_run_id: theirs })]));
  await world.database.query('truncate mlflow_links');
  const other = await world.openSink();
  // A point without the id: the tags of the run state whose it is.
  await other.sink.write(...delivered([metric(trialOf(run), 0)], 1));
  const [found, ...others] = await world.runs(run, 'ALL');
  expect(others).toEqual([]);
  expect(found).toMatchObject({ runId: theirs, points: new Map() });
});

test('a run of bound API keys gets only MLflow runs that name it', async () => {
  const run = world.runId('bound');
  const elsewhere = world.runId('elsewhere');
  await world.database.query(
    `insert into api_keys (id, name, hash, scopes, run_prefix)
     values ('aaaaaaaaaaaaaaaa', 'x', decode(repeat('00', 32), 'hex'), '{ingest}', $1)`,
    [run],
  );
  const [foreign, tagged, inside] = [
    await clientRun(elsewhere, 'foreign'),
    await clientRun(elsewhere, 'tagged'),
    await clientRun(run, 'inside'),
  ];
  for (const tag of [tagOf('model_run_id', run), tagOf('trial_id', 'tagged')]) {
    expect((await world.client.setTag(tagged, tag)).ok).toBe(true);
  }
  const { sink, count } = await world.openSink();
  const trials = { foreign, tagged, inside };
  const batch = Object.entries(trials).map(([trial, id]) => started({ ...trialOf(run, trial), mlflow_run_id: id }));
  await sink.write(...delivered(batch));
  const keyed = async (name: string) =>
    (await world.runs(name)).map((each) => [each.name, each.tags.has('thunderline.key'), each.tags.get('trial_id')]);
  expect(await keyed(elsewhere)).toEqual([
    ['foreign', false, undefined],
    ['tagged', true, 'tagged'],
  ]);
  expect(await keyed(run)).toEqual([
    ['foreign', true, 'foreign'],
    ['inside', true, 'inside'],
  ]);
  expect(await count('mlflowRuns', { result: 'unproven' })).toBe(1);
  await world.database.query('delete from api_keys');
});
