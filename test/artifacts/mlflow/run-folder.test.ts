import { expect, test } from '@jest/globals';
import { runFolder } from '../../../src/artifacts/mlflow/run-folder.ts';

const DESTINATION = 's3://bucket/mlflow';

test.each([
  ['mlflow-artifacts:/12/abc/artifacts', DESTINATION, { bucket: 'bucket', key: 'mlflow/12/abc/artifacts' }],
  ['mlflow-artifacts:/12/abc/artifacts', 's3://bucket', { bucket: 'bucket', key: '12/abc/artifacts' }],
  ['mlflow-artifacts://host:5000/12/abc/artifacts', DESTINATION, { bucket: 'bucket', key: 'mlflow/12/abc/artifacts' }],
  ['s3://models/12/abc/artifacts', undefined, { bucket: 'models', key: '12/abc/artifacts' }],
])('the artifacts of a run at %s, with the destination %s, are in %j', (uri, destination, folder) => {
  expect(runFolder(uri, destination)).toEqual(folder);
});

test.each([
  ['mlflow-artifacts:/12/abc/artifacts', undefined, 'set MLFLOW_ARTIFACTS_DESTINATION'],
  ['mlflow-artifacts:/12/../../archive', DESTINATION, '"." or ".."'],
  ['file:///mlruns/12/abc/artifacts', DESTINATION, 'the scheme file'],
  ['gs://bucket/12/abc/artifacts', DESTINATION, 'the scheme gs'],
  ['', DESTINATION, 'no scheme'],
])('the artifacts of a run at %j, with the destination %s, are not reached', (uri, destination, reason) => {
  expect(runFolder(uri, destination)).toContain(reason);
});
