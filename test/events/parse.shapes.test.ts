import { describe, expect, test } from '@jest/globals';
import { accept, RECEIVED_AT } from './receive.ts';

const absent = { correlation_id: null, source: null, priority: null, pipeline: null, category: null };
const enrichment = { constraint_method: null, taxonomy_version: null, event_version: null };
const common = { ...absent, ...enrichment, received_at: RECEIVED_AT, model_run_id: 'unassigned', mlflow_run_id: null };

describe('parseEvent reads the Python shape', () => {
  test('step 2: training starts', () => {
    const hyperparams = { learning_rate: 0.001, n_layers: 4 };
    const event = accept('ml.run.start', { trial_id: 'abc-123', metadata: { spectral_norm: true, hyperparams } });
    expect(event).toMatchObject({
      ...common,
      trial_id: 'abc-123',
      timestamp: RECEIVED_AT,
      spectral_norm: true,
      hyperparams: '{"learning_rate":0.001,"n_layers":4}',
    });
  });

  test('step 3: it makes progress', () => {
    const measurements = { train_loss: 0.123, val_accuracy: 0.891 };
    expect(accept('ml.run.metric', { trial_id: 'abc-123', metadata: { epoch: 10 }, measurements })).toMatchObject({
      ...common,
      trial_id: 'abc-123',
      spectral_norm: null,
      step: 10,
      measurements,
      metadata: '{"epoch":10}',
    });
  });

  test('step 4: it is complete', () => {
    const event = accept('ml.run.stop', {
      trial_id: 'abc-123',
      metadata: { success: true, epochs: 10, mlflow_run_id: 'f00' },
      measurements: { duration_ms: 45_000, final_val_accuracy: 0.9 },
    });
    expect(event).toMatchObject({
      ...common,
      trial_id: 'abc-123',
      mlflow_run_id: 'f00',
      state: 'completed',
      duration_ms: 45_000,
      metrics: { final_val_accuracy: 0.9 },
      metadata: '{"success":true,"epochs":10,"mlflow_run_id":"f00"}',
    });
  });
});

test('parseEvent reads the canonical form, with time, source and subject in metadata', () => {
  const event = accept('ml.run.metric', {
    timestamp: '2025-10-05T12:34:56.789Z',
    source: 'cerebros_training_job',
    metadata: { trial_id: 'abc-123', model_run_id: 'run-456', spectral_norm: true, hyperparams: {}, epoch: 10 },
    measurements: { duration_ms: 45_000, train_loss: 0.123 },
  });
  expect(event).toMatchObject({
    timestamp: Date.UTC(2025, 9, 5, 12, 34, 56, 789),
    source: 'cerebros_training_job',
    trial_id: 'abc-123',
    model_run_id: 'run-456',
    spectral_norm: true,
    step: 10,
    measurements: { duration_ms: 45_000, train_loss: 0.123 },
  });
});

test('parseEvent reads the flat shape', () => {
  const event = accept('ml.run.metric', {
    model_run_id: 'test-run',
    trial_id: 'trial_003',
    metric_name: 'val_accuracy',
    metric_value: 0.8765,
    step: 42,
    spectral_norm: true,
    metadata: { learning_rate: 0.001 },
  });
  expect(event).toMatchObject({
    model_run_id: 'test-run',
    trial_id: 'trial_003',
    step: 42,
    spectral_norm: true,
    measurements: { val_accuracy: 0.8765 },
    metadata: '{"learning_rate":0.001}',
  });
});
