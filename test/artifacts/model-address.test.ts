import { expect, test } from '@jest/globals';
import { CEREBROS_MODEL_URI, modelAddress, modelTemplate, modelUri } from '../../src/artifacts/model-address.ts';

const IDS = { model_run_id: 'study', trial_id: 'trial_007' };

test.each([
  [CEREBROS_MODEL_URI, IDS, { bucket: 'thunderblock', key: 'models/trial_007/model.pth' }],
  ['s3://b-1/{model_run_id}/{trial_id}.pth', IDS, { bucket: 'b-1', key: 'study/trial_007.pth' }],
  [CEREBROS_MODEL_URI, { ...IDS, trial_id: 'ä $& b' }, { bucket: 'thunderblock', key: 'models/ä $& b/model.pth' }],
  [CEREBROS_MODEL_URI, { ...IDS, model_run_id: 'a/b' }, { bucket: 'thunderblock', key: 'models/trial_007/model.pth' }],
])('the model of %s for %j is searched at %j', (template, ids, address) => {
  expect(modelAddress(template, ids)).toEqual(address);
});

test.each([
  [CEREBROS_MODEL_URI, { ...IDS, trial_id: '..' }],
  [CEREBROS_MODEL_URI, { ...IDS, trial_id: 'a/b' }],
  [CEREBROS_MODEL_URI, { ...IDS, trial_id: '../../archive' }],
  ['s3://b-1/{model_run_id}/{trial_id}', { ...IDS, model_run_id: 'a/b' }],
  ['s3://b-1/{model_run_id}/{trial_id}', { ...IDS, model_run_id: '.' }],
])('no model of %s is searched for %j, whose ids name another place', (template, ids) => {
  expect(modelAddress(template, ids)).toBeUndefined();
});

test.each(['s3://bucket/{trial_id}', 's3://bucket/{model_run_id}/a/{trial_id}.pth'])('%s is a template', (text) => {
  expect(modelUri(text)).toBe(text);
});

test.each([
  ['s3://bucket/model.pth', 'expected {trial_id}'],
  ['s3://bucket-{trial_id}/model.pth', 'expected {trial_id}'],
  ['https://host/{trial_id}', 'the scheme https'],
  ['{trial_id}', 'no scheme'],
])('%s is no template', (text, message) => {
  expect(() => modelUri(text)).toThrow(message);
});

test('models are searched where Cerebros saves them, but not in the bucket of a stranger', () => {
  expect(modelTemplate(undefined, false)).toBe('s3://thunderblock/models/{trial_id}/model.pth');
  expect(modelTemplate(undefined, true)).toBeUndefined();
  expect(modelTemplate('s3://own/{trial_id}', true)).toBe('s3://own/{trial_id}');
  expect(modelTemplate(modelUri('none'), false)).toBeUndefined();
});
