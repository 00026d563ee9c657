import { expect, test } from '@jest/globals';
import { deepLinks } from '../../src/mlflow/deep-links.ts';

const links = deepLinks('https://ml.example/prefix');

test.each([
  [links.run('7', 'abc'), '/#/experiments/7/runs/abc'],
  [links.runMetrics('7', 'abc'), '/#/experiments/7/runs/abc/model-metrics'],
  [links.runArtifacts('7', 'abc'), '/#/experiments/7/runs/abc/artifacts'],
  [links.runs('7'), '/#/experiments/7/runs?workflowType=machine_learning'],
  [
    links.search('7', "tags.`thunderline.key` = 'a&b=c#d%20+é'"),
    "/#/experiments/7/runs?searchFilter=tags.%60thunderline.key%60%20%3D%20'a%26b%3Dc%23d%2520%2B%C3%A9'&workflowType=machine_learning",
  ],
  [links.run('../x?', 'a/b#c'), '/#/experiments/..%2Fx%3F/runs/a%2Fb%23c'],
])('%s', (link, expected) => {
  expect(link).toBe(`https://ml.example/prefix${expected}`);
});
