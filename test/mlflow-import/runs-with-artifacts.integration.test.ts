import { afterAll, expect, test } from '@jest/globals';
import type { MlflowClient } from '../../src/mlflow/client.ts';
import { MlflowUnavailable } from '../../src/mlflow/mlflow-unavailable.ts';
import { runsWithArtifacts } from '../../src/mlflow-import/runs-with-artifacts.ts';
import { accepted, createMlflowWorld } from '../mlflow/mlflow-world.ts';

const mlflow = await createMlflowWorld();
afterAll(() => mlflow.close());

const read = async (runId: string) => accepted(await mlflow.client.getRun(runId));

/** Stores a file as MLflow's own client does. */
async function upload(artifactUri: string): Promise<void> {
  const path = artifactUri.replace('mlflow-artifacts:/', '');
  const url = `${mlflow.client.base}/api/2.0/mlflow-artifacts/artifacts/${path}/model.pth`;
  expect((await fetch(url, { method: 'PUT', body: 'weights' })).status).toBe(200);
}

test('finds the runs of several experiments that have artifacts', async () => {
  const experiments = [await mlflow.createExperiment('one'), await mlflow.createExperiment('two')];
  const runs = [];
  for (const id of [...experiments, ...experiments]) runs.push(await read(await mlflow.createRun(id)));
  const [, second, third] = runs;
  await upload(second?.artifactUri ?? '');
  await upload(third?.artifactUri ?? '');
  expect(await runsWithArtifacts(mlflow.client, runs)).toEqual(new Set([second?.runId, third?.runId]));
});

test('an experiment without artifacts has none', async () => {
  const run = await read(await mlflow.createRun(await mlflow.createExperiment('none')));
  expect(await runsWithArtifacts(mlflow.client, [run])).toEqual(new Set());
});

test.each(['s3://bucket/7/run/artifacts', 'mlflow-artifacts://other:5000/7/run/artifacts', 'mlflow-artifacts:/7/else'])(
  'a run may have artifacts that the server does not list: %s',
  async (artifactUri) => {
    expect(await runsWithArtifacts(mlflow.client, [{ runId: 'run', artifactUri }])).toEqual(new Set(['run']));
  },
);

test('every run may have artifacts if the server does not list its store', async () => {
  const run = await read(await mlflow.createRun(await mlflow.createExperiment('refused')));
  const refusing = {
    ...mlflow.client,
    listStoredFolder: () => Promise.reject(new MlflowUnavailable('configuration', 'artifacts are not served')),
  } satisfies MlflowClient;
  expect(await runsWithArtifacts(refusing, [run])).toEqual(new Set([run.runId]));
});
