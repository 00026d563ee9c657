import { expect, test } from '@jest/globals';
import { deepLinks } from '../../../src/mlflow/deep-links.ts';
import { mlflowUrl } from '../../../src/sinks/mlflow/mlflow-url.ts';

const links = deepLinks('https://mlflow.example/prefix');
const RUNS = 'https://mlflow.example/prefix/#/experiments/7/runs';

test.each([
  ['linked', '7', 'abc', `${RUNS}/abc`],
  ['creating', '7', null, `${RUNS}?searchFilter=tags.trial_id%20%3D%20%22t%201%22&workflowType=machine_learning`],
  ['creating', null, null, undefined],
  ['deleted', '7', 'abc', undefined],
] as const)(
  'a link that is %s leads to the page of its run, or to its experiment',
  (state, experiment_id, run_id, url) => {
    expect(mlflowUrl(links, { state, experiment_id, run_id, trial_id: 't 1' })).toBe(url);
  },
);

test.each([
  ['a "quoted" id', `${RUNS}?searchFilter=tags.trial_id%20%3D%20'a%20%22quoted%22%20id'&workflowType=machine_learning`],
  [`both " and '`, `${RUNS}?workflowType=machine_learning`],
  [null, `${RUNS}?workflowType=machine_learning`],
])('the filter for %j', (trial_id, url) => {
  expect(mlflowUrl(links, { state: 'creating', experiment_id: '7', run_id: null, trial_id })).toBe(url);
});
