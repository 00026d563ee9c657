import { expect, test } from '@jest/globals';
import { EVENT_NAMES } from '../../src/events/event.ts';
import { RESERVED_PREFIXES } from '../../src/events/parse.ts';
import { receive, refuse } from './receive.ts';

const valid = { trial_id: 't', state: 'completed', measurements: { loss: 1 } };

test.each(EVENT_NAMES)('parseEvent reads the name %s from event and from name', (name) => {
  for (const key of ['event', 'name']) {
    expect(receive({ ...valid, [key]: name })).toMatchObject({ ok: true, event: { event: name } });
  }
});

test.each([
  ['both, equal', { event: 'ml.run.start', name: 'ml.run.start' }, []],
  ['both, different', { event: 'ml.run.start', name: 'ml.trial.start' }, ['field_conflict event']],
  ['null is absent', { event: null, name: 'ml.run.start' }, []],
  ['neither', {}, ['missing_field event']],
  ['both null', { event: null, name: null }, ['missing_field event']],
  ['a number', { event: 7 }, ['invalid_type event']],
  ['a list, as Telemetry names events', { name: ['thunderline', 'ml', 'run', 'start'] }, ['invalid_type name']],
  ['empty', { event: '' }, ['unknown_prefix event']],
  ['another case', { event: 'ML.run.start' }, ['unknown_prefix event']],
  ['a prefix without its dot', { event: 'ml' }, ['unknown_prefix event']],
  ['a prefix inside', { event: 'x.ml.run.start' }, ['unknown_prefix event']],
  ['reserved, not of the six', { event: 'ml.run.pause' }, ['unsupported_event event']],
  ['one of the six with a space', { event: 'ml.run.start ' }, ['unsupported_event event']],
  ['a name of Object.prototype', { event: 'constructor' }, ['unknown_prefix event']],
])('parseEvent checks the name of an event: %s', (_, naming, faults) => {
  expect(refuse({ trial_id: 't', ...naming })).toEqual(faults);
});

test('RESERVED_PREFIXES are those of the taxonomy', () => {
  expect(RESERVED_PREFIXES.join(' ')).toBe('system. reactor. ui. audit. evt. ml. ai. flow. grid.');
  for (const prefix of RESERVED_PREFIXES) expect(refuse({ event: `${prefix}x` })).toEqual(['unsupported_event event']);
});

test.each([
  ['text', 'ml.run.start'],
  ['null', null],
  ['an array', [{ event: 'ml.run.start' }]],
  ['a number', 1],
])('parseEvent rejects %s', (_, input) => {
  expect(refuse(input)).toEqual(['invalid_type ']);
});

test.each(['foo', 'system.foo'])('the fault of the unknown event %s lists the events to use', (event) => {
  const parsed = receive({ event });
  expect(parsed).toMatchObject({
    ok: false,
    faults: [{ message: `unknown event "${event}"; use ${EVENT_NAMES.join(', ')}` }],
  });
});
