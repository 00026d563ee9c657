import { expect, test } from '@jest/globals';
import { copyPaths } from '../../../src/artifacts/mlflow/copy-paths.ts';

const ID = '7b3f0e2a-1111-5222-8333-444455556666';
const TRIAL = { artifact_id: ID, model_run_id: 'r', trial_id: 't', uri: '' };

const ofUpload = (name: string, artifact_id = ID) =>
  copyPaths({ ...TRIAL, artifact_id, name }, { bucket: 'b', key: `artifacts/r/t/v/${name}` });
const ofAddress = (key: string) => copyPaths({ ...TRIAL, name: null }, { bucket: 'b', key });

test('an upload has its name, and later uploads of that name the same places and mark', () => {
  const { mark, paths } = ofUpload('a/last.pth');
  expect(paths).toEqual(['a/last.pth', `thunderline/${mark.replaceAll('-', '').slice(0, 12)}/a/last.pth`]);
  expect(ofUpload('a/last.pth', 'another id')).toEqual({ mark, paths });
  expect(ofUpload('b/last.pth').mark).not.toBe(mark);
});

test('any other artifact has its address', () => {
  expect(ofAddress('models/7/m.pth')).toEqual({
    mark: ID,
    paths: ['b/models/7/m.pth', 'thunderline/7b3f0e2a1111/m.pth'],
  });
});

test.each([
  ['a#b', 'a_b'],
  ['a%2Fb', 'a_2Fb'],
  ['a?', 'a_'],
  ['x;', 'x_'],
  ['C:m.pth', 'C_m.pth'],
  [' a / b ', '_a_/_b_'],
])(
  'an upload of the name %j, which MLflow would read as another path, is a file %j in a folder of its own',
  (name, file) => {
    expect(ofUpload(name).paths).toEqual([expect.stringMatching(/^thunderline\/[0-9a-f]{12}\//)]);
    expect(ofUpload(name).paths[0]?.split('/').slice(2).join('/')).toBe(file);
  },
);

test.each(['a//m.pth', '/m.pth', 'm.pth/', 'a#/m.pth'])(
  'an object with the key %j is in a folder of its own',
  (key) => {
    expect(ofAddress(key).paths).toEqual(['thunderline/7b3f0e2a1111/m.pth']);
  },
);
