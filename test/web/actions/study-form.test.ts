import { describe, expect, test } from '@jest/globals';
import { parseStart } from '../../../src/bridge/commands/parse-command.ts';
import { type StudyFields, startText, studyBody, studyFaults } from '../../../web/actions/study-form.ts';

const SOUND: StudyFields = {
  run: '',
  trials: '20',
  parallelism: '4',
  spectralNorm: 'both',
  space: '{"lr": [0.1, 0.2]}',
};

describe('a field that the server would refuse has a fault that says what to change', () => {
  test.each<[string, Partial<StudyFields>, object]>([
    ['nothing', {}, {}],
    ['an empty search space', { space: '{}' }, {}],
    ['a run with spaces around it', { run: ' a ' }, {}],
    ['the greatest numbers', { trials: '100000', parallelism: '10000' }, {}],
    ['a negative number', { trials: '-1' }, { trials: 'Enter a whole number from 1 to 100000.' }],
    ['no number', { trials: '' }, { trials: 'Enter a whole number from 1 to 100000.' }],
    ['zero', { parallelism: '0' }, { parallelism: 'Enter a whole number from 1 to 10000.' }],
    ['a fraction', { trials: '1.5' }, { trials: expect.any(String) }],
    ['an exponent', { trials: '1e3' }, { trials: expect.any(String) }],
    [
      'too many',
      { trials: '100001', parallelism: '10001' },
      { trials: expect.any(String), parallelism: expect.any(String) },
    ],
    ['a run without an address', { run: '..' }, { run: 'Choose another id: no address can have "..".' }],
    ['a long run', { run: 'x'.repeat(256) }, { run: expect.stringContaining('256 characters') }],
    ['null', { space: 'null' }, { space: expect.stringContaining('Enter an object') }],
    ['an array', { space: '[1]' }, { space: expect.stringContaining('Enter an object') }],
    ['a number', { space: '7' }, { space: expect.stringContaining('Enter an object') }],
    ['no JSON', { space: '{lr: 1}' }, { space: expect.stringContaining('This is not JSON') }],
    ['nothing at all', { space: '' }, { space: expect.stringContaining('This is not JSON') }],
    [
      'a parameter that is a number',
      { space: '{"a": [1], "lr": 0.1}' },
      { space: expect.stringMatching(/^"lr" needs/) },
    ],
    ['a parameter that is null', { space: '{"lr": null}' }, { space: expect.stringMatching(/^"lr" needs/) }],
  ])('%s', (_, change, faults) => {
    expect(studyFaults({ ...SOUND, ...change })).toEqual(faults);
  });
});

test('the server accepts the body of fields without a fault', () => {
  const receipt = { receivedAt: 0, ids: { commandId: () => 'c' } };
  for (const fields of [SOUND, { ...SOUND, run: ' a ', trials: '100000', parallelism: '10000', space: '{}' }]) {
    expect(parseStart(studyBody(fields), '', receipt)).toMatchObject({ ok: true });
  }
});

test.each([
  ['20', 'Start 20 trials'],
  ['1', 'Start 1 trial'],
  ['-1', 'Start the study'],
  ['', 'Start the study'],
])('with %p trials the button says %p', (trials, text) => {
  expect(startText({ ...SOUND, trials })).toBe(text);
});
