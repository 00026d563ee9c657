import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { tagOf } from '../../src/mlflow/entities.ts';
import type { Sink } from '../../src/runtime/sink.ts';
import { completed, delivered, metric, started } from '../sinks/mlflow/events.ts';
import { createMirrorWorld } from '../sinks/mlflow/mirror-world.ts';
import { openSink as openPostgresSink } from '../sinks/postgres/open-sink.ts';
import { startThunderline } from '../support/thunderline.ts';

const world = await createMirrorWorld();
let postgres: Sink;
beforeAll(async () => {
  postgres = await openPostgresSink(world.databaseUrl);
});
afterAll(async () => {
  await postgres.close();
  await world.close();
});

const trialOf = (run: string, trial = 't') => ({ model_run_id: run, trial_id: trial });
const environment = { ...world.environment, MLFLOW_TRACKING_URI: world.mlflowUrl };
const sync = (...args: readonly string[]) => startThunderline(environment, ['mlflow', 'sync', ...args]).ended;

/** A trial that both Postgres and MLflow have. */
async function mirrored(name: string): Promise<{ readonly run: string; readonly runId: string }> {
  const run = world.runId(name);
  const [records] = delivered([
    started(trialOf(run), { hyperparams: { lr: 0.5 }, spectral_norm: true }),
    ...Array.from({ length: 8 }, (_, step) =>
      metric(trialOf(run), step, {
        measurements: { loss: step === 3 ? 'NaN' : step === 4 ? '-Infinity' : step, acc: -0 },
      }),
    ),
    completed(trialOf(run), { metrics: { loss: 'Infinity' }, parameters: { lr: 0.25 } }),
  ]);
  await postgres.write(records);
  const { sink } = await world.openSink();
  await sink.write(records);
  return { run, runId: (await world.runs(run))[0]?.runId ?? '' };
}

test('what the mirror wrote has no difference', async () => {
  const { run } = await mirrored('same');
  expect(await sync('--run', run, '--dry-run')).toMatchObject({
    code: 0,
    out: expect.stringContaining('MLflow and Postgres agree'),
  });
});

test('a run that the tables do not have is an error, not an agreement', async () => {
  const run = world.runId('misspelt');
  expect(await sync('--run', run)).toMatchObject({
    code: 1,
    out: '',
    err: expect.stringContaining(`the tables have no run ${run}`),
  });
});

test('differences are shown by a dry run and removed by a sync; points that only MLflow has stay', async () => {
  const { run, runId } = await mirrored('differs');
  const { client } = world;
  await client.setTag(runId, tagOf('constraint_method', 'none'));
  await client.deleteTag(runId, 'trial_id').then(() => client.setTag(runId, tagOf('trial_id', 't')));
  await client.updateRun(runId, { status: 'RUNNING' });
  // Points and a later event that the mirror did not get.
  const [more] = delivered([metric(trialOf(run), 100), metric(trialOf(run), 101)]);
  await postgres.write(more);

  const dry = await sync('--run', run, '--dry-run');
  expect(dry).toMatchObject({ code: 1 });
  for (const line of [
    /tag constraint_method +spectral_norm +none +to be written/,
    /status +FINISHED +RUNNING +to be written/,
  ]) {
    expect(dry.out).toMatch(line);
  }
  expect(dry.out).toMatch(/points of loss +10 +2 are missing +to be written/);
  expect((await world.runs(run))[0]?.points.get('loss')).toHaveLength(8);

  expect(await sync('--run', run)).toMatchObject({
    code: 0,
    out: expect.stringContaining('3 differences removed, 0 left'),
  });
  const [found] = await world.runs(run);
  expect(found).toMatchObject({ status: 'FINISHED' });
  expect(found?.tags.get('constraint_method')).toBe('spectral_norm');
  expect(found?.points.get('loss')).toHaveLength(10);
  expect(await sync('--run', run)).toMatchObject({ code: 0 });

  await postgres.write(delivered([metric(trialOf(run), 0)])[0]);
  await world.database.query('delete from trial_metrics where step = 100');
  const last = await sync('--run', run);
  expect(last).toMatchObject({ code: 1 });
  expect(last.out).toMatch(/points of loss +10 +1 more +stays/);
});

test('a trial without a run gets one, and a second run of a trial is superseded', async () => {
  const run = world.runId('absent');
  const [records] = delivered([started(trialOf(run)), metric(trialOf(run), 0), completed(trialOf(run))]);
  await postgres.write(records);
  expect(await sync('--run', run)).toMatchObject({
    code: 0,
    out: expect.stringMatching(/run +has events +\(absent\) +written/),
  });
  const [found] = await world.runs(run);
  expect(found).toMatchObject({ name: 't', status: 'FINISHED' });
  expect(found?.points.get('loss')).toHaveLength(1);

  // A second run with the same tags, as two mirrors without a common database would make.
  const tags = [...(found?.tags ?? [])]
    .filter(([key]) => key !== 'mlflow.runName')
    .map(([key, value]) => tagOf(key, value));
  const twin = await world.client.createRun({
    experimentId: found?.experimentId ?? '',
    startTimeMs: 1,
    name: 'twin',
    tags,
  });
  expect(twin.ok).toBe(true);
  expect(await sync('--run', run)).toMatchObject({
    code: 0,
    out: expect.stringMatching(/1 more: [0-9a-f]{32} +written/),
  });
  expect((await world.runs(run)).map(({ runId }) => runId)).toEqual([found?.runId]);
});

test('a run that a person deleted stays deleted; once it is restored it gets what it lacks', async () => {
  const { run, runId } = await mirrored('deleted');
  await world.client.deleteRun(runId);
  const { sink } = await world.openSink();
  const more = delivered([metric(trialOf(run), 50)]);
  await postgres.write(more[0]);
  await sink.write(more[0]);
  expect(await sync('--run', run)).toMatchObject({ code: 0, out: expect.stringContaining('deleted by a person') });
  expect(await world.runs(run)).toEqual([]);
  await world.client.restoreRun(runId);
  expect(await sync('--run', run)).toMatchObject({
    code: 0,
    out: expect.stringMatching(/marked as deleted +restored/),
  });
  expect((await world.runs(run))[0]?.points.get('loss')).toHaveLength(9);
  // The mirror goes on with it.
  await sink.write(delivered([metric(trialOf(run), 51)])[0]);
  expect((await world.runs(run))[0]?.points.get('loss')).toHaveLength(10);
});

test('a row in which MLflow is ahead of Postgres stays as it is', async () => {
  const { run } = await mirrored('ahead');
  await world.database.query('delete from cerebros_model_trials where model_run_id = $1', [run]);
  await postgres.write(delivered([started(trialOf(run), { hyperparams: { lr: 0.5 }, spectral_norm: true })])[0]);
  expect(await sync('--run', run)).toMatchObject({ code: 0 });
  expect((await world.runs(run))[0]).toMatchObject({ status: 'FINISHED' });
});
