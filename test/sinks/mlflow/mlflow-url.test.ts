import { expect, test } from '@jest/globals';
import { deepLinks } from '../../../src/mlflow/deep-links.ts';
import { mlflowUrl } from '../../../src/sinks/mlflow/mlflow-url.ts';

const links = deepLinks('https://mlflow.example/prefix');

test.each([
  ['linked', '7', 'abc', 'https://mlflow.example/prefix/#/experiments/7/runs/abc'],
  ['creating', '7', null, undefined],
  ['deleted', '7', 'abc', undefined],
] as const)('a link that is %s leads to the page of its run, if there is one', (state, experiment_id, run_id, url) => {
  expect(mlflowUrl(links, { state, experiment_id, run_id })).toBe(url);
});
