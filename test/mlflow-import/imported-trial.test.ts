import { describe, expect, test } from '@jest/globals';
import { importedTrial, modelRunIdOf } from '../../src/mlflow-import/imported-trial.ts';
import { NOTE_TAG, noteOf } from '../../src/sinks/mlflow/run-tags.ts';
import { EXPERIMENT, point, STARTED, storedRun } from './runs.ts';

const trialOf = (differences: Parameters<typeof storedRun>[0] = {}) =>
  importedTrial(EXPERIMENT, storedRun(differences));

test.each([
  ['old', 'old'],
  ['name with spaces / and slashes', 'name with spaces / and slashes'],
  ['sweep 🚀', 'sweep 🚀'],
  ['', 'mlflow-experiment-7'],
  ['half \ud83d of a pair', 'mlflow-experiment-7'],
  ['x'.repeat(256), 'mlflow-experiment-7'],
  ['..', 'mlflow-experiment-7'],
  ['.', 'mlflow-experiment-7'],
  ['line\nbreak', 'mlflow-experiment-7'],
])('the experiment %j becomes the run %j', (name, expected) => {
  expect(modelRunIdOf({ ...EXPERIMENT, name })).toBe(expected);
});

test('a run becomes the trial of its id, with its params', () => {
  const params = new Map([
    ['lr', '0.1'],
    ['optimizer', 'adam'],
    ['__proto__', 'x'],
  ]);
  const trial = trialOf({ params });
  expect(trial).toMatchObject({ modelRunId: 'old', trialId: 'a'.repeat(32), spectralNorm: undefined });
  expect(JSON.stringify(trial.hyperparams)).toBe('{"lr":0.1,"optimizer":"adam","__proto__":"x"}');
  expect(trialOf().hyperparams).toBeUndefined();
});

test.each([
  [{ params: new Map([['spectral_norm', 'True']]) }, true],
  [{ params: new Map([['spectral_norm', '0']]) }, false],
  [{ params: new Map([['spectral_norm', 'maybe']]) }, undefined],
  [{ tags: new Map([['constraint_method', 'spectral_norm']]) }, true],
  [{ tags: new Map([['constraint_method', 'none']]) }, undefined],
])('reads whether the layers are normalised from %j', (differences, expected) => {
  expect(trialOf(differences).spectralNorm).toBe(expected);
});

test('keeps the tags of a person, and leaves out those that the mirror adds to an imported run', () => {
  const own = new Map([
    ['mlflow.runName', 'first'],
    ['team', 'vision'],
    ['trial_id', 'old-7'],
    [NOTE_TAG, 'written by a person'],
    ['constraint_method', 'weight_decay'],
  ]);
  const mirrored = new Map([
    ...own,
    ['thunderline.key', 'x'],
    ['thunderline.status', 'completed'],
    ['trial_id', 'a'.repeat(32)],
    ['model_run_id', 'old'],
    ['constraint_method', 'none'],
    ['artifact_uri', 'mlflow-artifacts:/7/a/artifacts/model.pth'],
    [NOTE_TAG, noteOf({ model_run_id: 'old', trial_id: 'a'.repeat(32), key: 'x' }, 'http://localhost:4000/')],
  ]);
  expect(trialOf({ tags: own }).facts.tags).toEqual({
    team: 'vision',
    trial_id: 'old-7',
    constraint_method: 'weight_decay',
    [NOTE_TAG]: 'written by a person',
  });
  expect(trialOf({ tags: mirrored }).facts.tags).toEqual({ team: 'vision' });
});

describe('the fingerprint', () => {
  const { fingerprint } = trialOf();

  test('is the same for the same run, whatever its tags and the order of its metrics', () => {
    expect(trialOf({ tags: new Map([['new', 'tag']]) }).fingerprint).toBe(fingerprint);
    const [a, b] = [['a', point(1)] as const, ['b', point(2)] as const];
    expect(trialOf({ latest: new Map([a, b]) }).fingerprint).toBe(trialOf({ latest: new Map([b, a]) }).fingerprint);
  });

  test.each([
    { status: 'FAILED' },
    { endTimeMs: STARTED + 60_001 },
    { endTimeMs: undefined },
    { params: new Map([['lr', '0.1']]) },
    { latest: new Map([['loss', point(10)]]) },
    { latest: new Map([['loss', point(9, 0.6)]]) },
    { latest: new Map([['loss', point(9, Number.NaN)]]) },
  ])('changes with %j', (differences) => {
    expect(trialOf(differences).fingerprint).not.toBe(fingerprint);
  });
});
