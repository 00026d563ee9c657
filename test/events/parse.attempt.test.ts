import { describe, expect, test } from '@jest/globals';
import { EVENT_NAMES } from '../../src/events/event.ts';
import { accept, receive, refuse } from './receive.ts';

const rest = { trial_id: 't', state: 'completed', measurements: { loss: 1 } };

describe.each(EVENT_NAMES)('parseEvent reads the attempt of %s', (name) => {
  test.each<[string, object, number]>([
    ['0 if it is absent', {}, 0],
    ['0 if it is null', { attempt: null }, 0],
    ['from the flat shape', { attempt: 2 }, 2],
    ['from the Python shape', { metadata: { attempt: 2 } }, 2],
    ['from both if they agree', { attempt: 2, metadata: { attempt: '2' } }, 2],
    ['as the text of an environment variable', { attempt: '00012' }, 12],
    ['as a float of Python', { attempt: 3.0 }, 3],
    ['up to five digits', { attempt: 99_999 }, 99_999],
  ])('%s', (_, fields, attempt) => {
    expect(accept(name, { ...rest, ...fields })).toMatchObject({ attempt });
  });

  test.each<[object, string[]]>([
    [{ attempt: -1 }, ['invalid_value attempt']],
    [{ attempt: 100_000 }, ['invalid_value attempt']],
    [{ attempt: 1.5 }, ['invalid_value attempt']],
    [{ attempt: '100000' }, ['invalid_type attempt']],
    [{ attempt: 'second' }, ['invalid_type attempt']],
    [{ attempt: true }, ['invalid_type attempt']],
    [{ metadata: { attempt: [1] } }, ['invalid_type metadata.attempt']],
    [{ attempt: 1, metadata: { attempt: 2 } }, ['field_conflict attempt']],
  ])('and refuses %j', (fields, faults) => {
    expect(refuse({ ...rest, event: name, ...fields })).toEqual(faults);
  });
});

test('parseEvent states the range of an attempt', () => {
  const messageOf = (attempt: unknown) => {
    const parsed = receive({ ...rest, event: 'ml.trial.start', attempt });
    return parsed.ok ? undefined : parsed.faults[0]?.message;
  };
  expect(messageOf(100_000)).toBe('must be an integer from 0 to 99999, got 100000');
  expect(messageOf('100000')).toBe('expected an integer >= 0, or its text of at most 5 digits, got a string');
});

test('parseEvent gives an event without an attempt the same id as an earlier version did', () => {
  const event = { ...rest, model_run_id: 'r', timestamp: '2025-10-05T12:34:56.789Z' };
  expect(accept('ml.run.metric', event).event_id).toBe('dcabe7b6-5eb6-5ac6-9bcc-5a20918eff0b');
});
