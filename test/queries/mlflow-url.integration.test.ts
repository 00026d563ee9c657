import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { TrialDetail, TrialList } from '../../src/queries/shapes.ts';
import { accept } from '../events/receive.ts';
import { createQueryWorld, type QueryWorld } from './query-world.ts';

let world: QueryWorld;
beforeAll(async () => {
  world = await createQueryWorld({
    MLFLOW_TRACKING_URI: 'http://mlflow.internal:5000/ml/',
    MLFLOW_PUBLIC_URL: 'https://mlflow.example/ml/',
  });
  for (const trial_id of ['mirrored', 'client', 'deleted', 'creating', 'none']) {
    await world.write(accept('ml.trial.start', { model_run_id: 'r', trial_id, timestamp: 1_700_000_000_000 }));
  }
  await world.tables.query(`
    insert into mlflow_links (key, model_run_id, trial_id, state, origin, experiment_id, run_id) values
      (gen_random_uuid(), 'r', 'mirrored', 'linked', 'mirror', '7', 'a1'),
      (gen_random_uuid(), 'r', 'client', 'linked', 'client', '8', 'b2'),
      (gen_random_uuid(), 'r', 'deleted', 'deleted', 'mirror', '7', 'c3'),
      (gen_random_uuid(), 'r', 'creating', 'creating', 'mirror', '7', null)`);
});
afterAll(() => world.close());

const URLS = {
  mirrored: 'https://mlflow.example/ml/#/experiments/7/runs/a1',
  client: 'https://mlflow.example/ml/#/experiments/8/runs/b2',
  deleted: null,
  creating:
    'https://mlflow.example/ml/#/experiments/7/runs?searchFilter=tags.trial_id%20%3D%20%22creating%22&workflowType=machine_learning',
  none: null,
};

test('a trial has the page of its run in MLflow, in a list and alone', async () => {
  const { trials } = await world.get<TrialList>('/api/trials');
  expect(Object.fromEntries(trials.map(({ trial_id, mlflow_url }) => [trial_id, mlflow_url]))).toEqual(URLS);
  for (const [id, url] of Object.entries(URLS)) {
    const { trial } = await world.get<TrialDetail>(`/api/runs/r/trials/${id}`);
    expect(trial.mlflow_url).toBe(url);
  }
});
