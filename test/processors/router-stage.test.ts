import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { AnyRecord } from '../../src/avro/any-record.ts';
import { EVENT_RECORDS, type EventName, type MlEvent } from '../../src/events/event.ts';
import { routerStage } from '../../src/processors/router-stage.ts';
import { eventArbitrary } from '../arbitraries/events.ts';
import { storedArtifactArbitrary } from '../arbitraries/records.ts';
import { jsonObjectArbitrary } from '../arbitraries/values.ts';
import { accept, RECEIVED_AT } from '../events/receive.ts';

/** The record of an event, with fields as another producer may have written them. */
function recordOf({ event, ...record }: MlEvent, fields: object = {}): AnyRecord {
  return { name: EVENT_RECORDS[event], record: { ...record, ...fields } } as AnyRecord;
}

const event = (name: EventName): MlEvent =>
  accept(name, {
    trial_id: 't',
    state: 'failed',
    timestamp: RECEIVED_AT,
    ...(name === 'ml.run.metric' && { measurements: { loss: 1 } }),
  });

/** The outcome for an event of this name, as its topic or the message of the rejection. */
function outcomeOf(name: EventName, fields: object): string {
  const outcome = routerStage.transform(recordOf(event(name), fields));
  if (outcome.kind === 'emit') return outcome.topic;
  return outcome.kind === 'reject' ? `${outcome.code}: ${outcome.message}` : outcome.kind;
}

test.each<[EventName, string]>([
  ['ml.run.start', 'ml.events.high'],
  ['ml.run.stop', 'ml.events.high'],
  ['ml.run.metric', 'ml.events.realtime'],
  ['ml.trial.start', 'ml.events.high'],
  ['ml.trial.complete', 'ml.events.high'],
  ['ml.trial.failed', 'ml.events.high'],
])('router sends %s to %s', (name, topic) => {
  expect(outcomeOf(name, {})).toBe(topic);
});

describe('router rejects an event of another producer that breaks a rule of the gateway', () => {
  const YEAR_10000 = 253_402_300_800_000;

  test.each<[string, EventName, object, string]>([
    ['an id that is no UUID', 'ml.run.metric', { event_id: 'trial-7' }, 'event_id must be a UUID'],
    ['an empty id', 'ml.trial.start', { event_id: '' }, 'event_id must be a UUID'],
    ['a run without an address', 'ml.run.metric', { model_run_id: '..' }, 'model_run_id must not be ".."'],
    ['a trial without an address', 'ml.trial.start', { trial_id: '.' }, 'trial_id must not be "."'],
    [
      'the year 10000',
      'ml.run.metric',
      { timestamp: YEAR_10000, received_at: YEAR_10000 },
      'timestamp must be in the years',
    ],
    ['the year 0', 'ml.run.start', { timestamp: -62_135_596_800_001 }, 'timestamp must be in the years 1 to 9999'],
    ['received in the year 10000', 'ml.run.start', { received_at: YEAR_10000 }, 'received_at must be in the years'],
    [
      'more than 24 h ahead',
      'ml.run.start',
      { timestamp: RECEIVED_AT + 86_400_001 },
      'timestamp 1795348800001 is more than',
    ],
    ['a negative step', 'ml.run.metric', { step: -5 }, 'step must be an integer from 0 to 9007199254740990, got -5'],
    ['a negative attempt', 'ml.run.metric', { attempt: -1 }, 'attempt must be an integer from 0 to 99999, got -1'],
    ['an attempt of six digits', 'ml.trial.start', { attempt: 100_000 }, 'attempt must be an integer from 0 to 99999'],
    ['no metric', 'ml.run.metric', { measurements: {} }, 'measurements must have at least one value'],
    ['a metric without a name', 'ml.run.metric', { measurements: { '': 1 } }, 'measurements. must not be empty'],
    ['a metric with a control character', 'ml.run.metric', { measurements: { 'a\n': 1 } }, 'must not contain control'],
    ['a final metric with a long name', 'ml.run.stop', { metrics: { ['x'.repeat(256)]: 1 } }, 'has 256 characters'],
    ['an empty run', 'ml.run.metric', { model_run_id: '' }, 'model_run_id must not be empty'],
    ['a long trial', 'ml.run.metric', { trial_id: 'x'.repeat(256) }, 'trial_id has 256 characters'],
    ['a control character in an id', 'ml.run.start', { correlation_id: 'a\u009b' }, 'correlation_id must not contain'],
    ['a trial event without a trial', 'ml.trial.start', { trial_id: null }, 'trial_id is required by ml.trial.start'],
    ['a negative duration', 'ml.run.stop', { duration_ms: -1 }, 'duration_ms must be >= 0, got -1'],
    ['an infinite duration', 'ml.trial.failed', { duration_ms: Infinity }, 'duration_ms is outside the range'],
    ['rank 0', 'ml.trial.complete', { rank: 0 }, 'rank must be an integer from 1 to 2147483647, got 0'],
    ['NUL in a text', 'ml.trial.failed', { error_message: 'a\0' }, 'error_message must not contain the character NUL'],
    ['metadata that is no JSON', 'ml.run.metric', { metadata: '{' }, 'metadata'],
    ['metadata that is no object', 'ml.run.start', { metadata: '[1]' }, 'metadata must be a JSON object'],
    ['NUL in hyperparams', 'ml.run.start', { hyperparams: '{"a":"\\u0000"}' }, 'hyperparams must not contain'],
    ['a number beyond a double', 'ml.run.start', { parameters: '{"a":1e999}' }, 'parameters a is outside the range'],
    ['a key given twice', 'ml.run.metric', { metadata: '{"a":1,"a":2}' }, 'metadata.a is given twice in one object'],
    [
      'a key given twice, inside',
      'ml.run.stop',
      { parameters: '{"b": [{"a": 1, "a": 1}]}' },
      'parameters.b.0.a is given',
    ],
    [
      'a key given twice, once escaped',
      'ml.run.start',
      { hyperparams: '{"a":1,"\\u0061":2}' },
      'hyperparams.a is given',
    ],
    ['a number that would become 0', 'ml.run.start', { metadata: '{"a": 1e-400}' }, 'metadata a is outside the range'],
    [
      'a fraction that would become 0',
      'ml.run.start',
      { metadata: `{"a":0.${'0'.repeat(330)}1}` },
      'metadata a is outside the range',
    ],
    ['deep nesting', 'ml.run.start', { parameters: `{"a":${'['.repeat(1_000)}${']'.repeat(1_000)}}` }, 'nested deeper'],
    ['two faults', 'ml.run.metric', { step: -5, trial_id: '' }, 'trial_id must not be empty; step must be'],
  ])('%s', (_, name, fields, message) => {
    expect(outcomeOf(name, fields)).toMatch(/^invalid_event: /);
    expect(outcomeOf(name, fields)).toContain(message);
  });

  test('with a message of bounded length', () => {
    const measurements = Object.fromEntries(
      Array.from({ length: 1_000 }, (_, index) => [`${'😀'.repeat(999)}${index}`, 1]),
    );
    const message = outcomeOf('ml.run.metric', { measurements });
    expect(message.length).toBeLessThan(1_100);
    expect(message.isWellFormed()).toBe(true);
  });
});

test.each<[string, EventName, object]>([
  ['an id in upper case', 'ml.run.metric', { event_id: '0AFE9C7E-1B2C-4D3E-8F90-123456789ABC' }],
  ['a time before 1973', 'ml.run.start', { timestamp: -1 }],
  ['a time as far ahead as is allowed', 'ml.run.start', { timestamp: RECEIVED_AT + 86_400_000 }],
  ['NaN and infinities', 'ml.run.metric', { measurements: { a: Number.NaN, b: -Infinity } }],
  ['more metrics than a gateway takes by default', 'ml.run.metric', { measurements: metrics(5_000) }],
  ['JSON with white space', 'ml.run.metric', { metadata: '{"a": [1, {"b": 0.0}], "c": {"a": 1e-5, "b": "\\u00e9"}}' }],
  ['JSON with texts that look like keys', 'ml.run.metric', { metadata: '{"a": "\\"b\\": 1, \\"b\\": 2"}' }],
  ['JSON with a long integer', 'ml.run.start', { hyperparams: `{"seed":${2n ** 128n}}` }],
  ['JSON with the smallest double', 'ml.run.start', { hyperparams: '{"eps": 5e-324, "zero": 0e-400}' }],
  ['a megabyte of JSON text', 'ml.trial.start', { metadata: `{"a": "${'x\\n'.repeat(300_000)}"}` }],
  ['a longer text than a gateway takes by default', 'ml.trial.failed', { error_message: 'x'.repeat(100_000) }],
])('router accepts %s', (_, name, fields) => {
  expect(outcomeOf(name, fields)).toMatch(/^ml\.events/);
});

function metrics(count: number): object {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`m${index}`, index]));
}

test('router accepts every event that the gateway produces', () => {
  fc.assert(
    fc.property(eventArbitrary, (accepted) => {
      expect(routerStage.transform(recordOf(accepted))).toMatchObject({ kind: 'emit' });
    }),
  );
});

test('router passes on every report of a stored object unchanged, and rejects one that breaks the rules', () => {
  fc.assert(
    fc.property(storedArtifactArbitrary, (record) => {
      const content = { name: 'ArtifactStored', record } as const;
      expect(routerStage.transform(content)).toEqual({ kind: 'emit', topic: 'ml.events.high', content });
      const outcome = routerStage.transform({ ...content, record: { ...record, name: '../model.pth' } });
      expect(outcome).toMatchObject({ kind: 'reject', code: 'invalid_event' });
    }),
  );
});

test('router rejects a record that is not an event', () => {
  const outcome = routerStage.transform({ name: 'TrialCommand', record: {} } as AnyRecord);
  expect(outcome).toEqual({ kind: 'reject', code: 'unexpected_record', message: 'TrialCommand is not an event' });
});

test('router accepts JSON text in which no key repeats, however it is spaced, and rejects it with a key repeated', () => {
  fc.assert(
    fc.property(jsonObjectArbitrary, fc.constantFrom(undefined, 1, '\t'), (json, by) => {
      const text = JSON.stringify(json, null, by);
      expect(outcomeOf('ml.run.metric', { metadata: text })).toBe('ml.events.realtime');
      const [key] = Object.keys(json);
      if (key === undefined) return;
      const repeated = `${text.trimEnd().slice(0, -1)}, ${JSON.stringify(key)} : 1}`;
      expect(outcomeOf('ml.run.metric', { metadata: repeated })).toContain('is given twice in one object');
    }),
  );
});
