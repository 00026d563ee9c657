import { expect, test } from '@jest/globals';
import { EVENT_LIMITS } from '../../src/events/fault.ts';
import { RECEIVED_AT, receive, refuse } from './receive.ts';

test('parseEvent reports all faults of an event at once', () => {
  const faults = refuse({
    event: 'ml.run.stop',
    name: 'ml.run.start',
    event_id: '',
    timestamp: RECEIVED_AT + 86_400_001,
    model_run_id: 7,
    trial_id: 'a\n',
    mlflow_run_id: 'x'.repeat(256),
    spectral_norm: 'maybe',
    state: 'done',
    duration_ms: -5,
    metrics: { a: 'x', b: 1 },
    measurements: { b: 2 },
    parameters: [],
    metadata: { host: 'a', note: '\0' },
    host: 'b',
  });
  expect(faults.sort()).toEqual([
    'control_character metadata',
    'control_character trial_id',
    'field_conflict event',
    'field_conflict measurements.b',
    'invalid_type metrics.a',
    'invalid_type model_run_id',
    'invalid_type parameters',
    'invalid_value duration_ms',
    'invalid_value event_id',
    'invalid_value spectral_norm',
    'invalid_value state',
    'timestamp_in_future timestamp',
    'too_long mlflow_run_id',
  ]);
});

test('parseEvent describes each fault with its remedy', () => {
  const parsed = receive({ event: 'ml.run.metric', trial_id: 't', step: -1, metric_name: 'a', metric_value: 'low' });
  expect(parsed).toEqual({
    ok: false,
    faults: [
      { code: 'invalid_value', path: 'step', message: 'must be an integer from 0 to 9007199254740990, got -1' },
      {
        code: 'invalid_type',
        path: 'metric_value',
        message: 'expected a number, got a string; NaN and infinities are "NaN", "Infinity", "-Infinity"',
      },
    ],
  });
});

test.each<[string, object, string]>([
  ['step', { step: '9007199254740990' }, 'expected an integer >= 0, or its text of at most 15 digits, got a string'],
  ['step', { step: '-1' }, 'expected an integer >= 0, or its text of at most 15 digits, got a string'],
  ['epoch', { epoch: '-1.5' }, 'expected a number >= 0, or its text, got a string'],
  ['epoch', { epoch: true }, 'expected a number >= 0, or its text, got a boolean'],
  [
    'rank',
    { event: 'ml.trial.complete', rank: '1234567890' },
    'expected an integer >= 1, or its text of at most 9 digits, got a string',
  ],
])('parseEvent describes the texts that %s accepts: %j', (path, input, message) => {
  const parsed = receive({ event: 'ml.run.metric', trial_id: 't', measurements: { a: 1 }, ...input });
  expect(parsed).toEqual({ ok: false, faults: [{ code: 'invalid_type', path, message }] });
});

test('parseEvent bounds the number of faults, and rejects an event beyond the bound too', () => {
  const measurements = Object.fromEntries(Array.from({ length: 1_000 }, (_, index) => [`m${index}`, 'x']));
  expect(refuse({ event: 'ml.run.metric', trial_id: 't', measurements })).toHaveLength(EVENT_LIMITS.maxFaults);
  expect(refuse({ event: 'ml.run.metric', trial_id: 't', measurements }, { ...EVENT_LIMITS, maxFaults: 1 })).toEqual([
    'invalid_type measurements.m0',
  ]);
});

test('parseEvent reports a fault once', () => {
  expect(
    refuse({
      event: 'ml.run.metric',
      trial_id: 't',
      metric_name: 'a',
      metric_value: 1,
      epoch: 1,
      metadata: { epoch: 2 },
    }),
  ).toEqual(['field_conflict epoch']);
});
