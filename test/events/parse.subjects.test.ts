import { describe, expect, test } from '@jest/globals';
import { EVENT_NAMES, trialKey } from '../../src/events/event.ts';
import { accept, refuse } from './receive.ts';

const rest = { state: 'completed', measurements: { loss: 1 } };
const RUN_EVENTS = EVENT_NAMES.filter((name) => name.startsWith('ml.run.'));
const TRIAL_EVENTS = EVENT_NAMES.filter((name) => name.startsWith('ml.trial.'));

describe.each(TRIAL_EVENTS)('parseEvent for %s', (name) => {
  test('requires a trial_id, also with a model_run_id', () => {
    expect(refuse({ ...rest, event: name })).toEqual(['missing_field trial_id']);
    expect(refuse({ ...rest, event: name, model_run_id: 'r' })).toEqual(['missing_field trial_id']);
    expect(refuse({ ...rest, event: name, trial_id: null, model_run_id: 'r' })).toEqual(['missing_field trial_id']);
  });

  test('assigns an event without a run to the run "unassigned"', () => {
    expect(accept(name, { ...rest, trial_id: 't' })).toMatchObject({ model_run_id: 'unassigned', trial_id: 't' });
  });
});

describe.each(RUN_EVENTS)('parseEvent for %s', (name) => {
  test('requires a trial_id or a model_run_id', () => {
    expect(refuse({ ...rest, event: name })).toEqual(['missing_field trial_id']);
    expect(accept(name, { ...rest, model_run_id: 'r' })).toMatchObject({ model_run_id: 'r', trial_id: null });
    expect(accept(name, { ...rest, trial_id: 't' })).toMatchObject({ model_run_id: 'unassigned', trial_id: 't' });
    expect(accept(name, { ...rest, model_run_id: 'r', trial_id: 't' })).toMatchObject({
      model_run_id: 'r',
      trial_id: 't',
    });
  });

  test('reads both ids from metadata too', () => {
    const metadata = { model_run_id: 'r', trial_id: 't' };
    expect(accept(name, { ...rest, metadata })).toMatchObject(metadata);
  });

  test('does not report a faulty id as missing', () => {
    expect(refuse({ ...rest, event: name, model_run_id: 7 })).toEqual(['invalid_type model_run_id']);
    expect(refuse({ ...rest, event: name, metadata: { trial_id: '' } })).toEqual(['invalid_value metadata.trial_id']);
  });
});

describe.each(['.', '..'])('parseEvent for an id %s, which browsers remove from addresses', (id) => {
  test.each(['model_run_id', 'trial_id', 'mlflow_run_id'])('refuses it as %s, in either place', (field) => {
    const event = { ...rest, event: 'ml.run.stop', model_run_id: 'r' };
    expect(refuse({ ...event, [field]: id })).toEqual([`invalid_value ${field}`]);
    expect(refuse({ ...rest, event: 'ml.run.stop', trial_id: 't', metadata: { [field]: id } })).toContain(
      `invalid_value metadata.${field}`,
    );
  });

  test.each(['source', 'correlation_id', 'error_type'])('accepts it as %s, which no address has', (field) => {
    expect(accept('ml.run.stop', { ...rest, model_run_id: 'r', [field]: id })).toMatchObject({ [field]: id });
  });

  test('accepts it as the name of a metric, and as a part of an id', () => {
    const metric = { trial_id: `a${id}`, model_run_id: `${id}/b`, measurements: { [id]: 1 } };
    expect(accept('ml.run.metric', metric)).toMatchObject(metric);
  });
});

describe.each(['model_run_id', 'trial_id', 'mlflow_run_id', 'source', 'correlation_id'])(
  'parseEvent checks %s',
  (field) => {
    test.each<[string, unknown, string[]]>([
      ['one character', 'x', []],
      ['255 characters', 'x'.repeat(255), []],
      ['any Unicode, spaces and slashes', ' Ünï/cødé 𝛼', []],
      ['null', null, []],
      ['empty', '', ['invalid_value']],
      ['256 characters', 'x'.repeat(256), ['too_long']],
      ['a number', 7, ['invalid_type']],
      ['true', true, ['invalid_type']],
      ['an object', {}, ['invalid_type']],
      ['an array', ['x'], ['invalid_type']],
      ['NUL', 'a\0b', ['control_character']],
      ['a line feed', 'a\n', ['control_character']],
      ['DEL', '\u007f', ['control_character']],
      ['a C1 control', '\u0085', ['control_character']],
      ['half of a surrogate pair', 'a\udc00', ['invalid_unicode']],
    ])('with a value of %s', (_, value, codes) => {
      const subject = field === 'model_run_id' ? { trial_id: 't' } : { model_run_id: 'r' };
      expect(refuse({ event: 'ml.run.start', ...subject, [field]: value })).toEqual(
        codes.map((code) => `${code} ${field}`),
      );
    });
  },
);

test.each([
  [{ model_run_id: 'r', trial_id: 't' }, 'r/t'],
  [{ model_run_id: 'r', trial_id: null }, 'r'],
])('trialKey of %j is %s', (subject, key) => {
  expect(trialKey(subject)).toBe(key);
});
