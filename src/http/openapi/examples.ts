import { EVENT_NAMES, type EventName } from '../../events/event.ts';

type Json = Readonly<Record<string, unknown>>;

/** An example of each event in the flat shape. */
const FLAT: Readonly<Record<EventName, Json>> = {
  'ml.run.start': {
    event: 'ml.run.start',
    model_run_id: 'search-42',
    trial_id: 'trial-7',
    spectral_norm: true,
    hyperparams: { lr: 0.001, layers: [64, 32] },
    source: 'trainer-7',
  },
  'ml.run.metric': {
    event: 'ml.run.metric',
    model_run_id: 'search-42',
    trial_id: 'trial-7',
    metric_name: 'val_loss',
    metric_value: 0.42,
    step: 3,
    timestamp: '2025-10-05T12:34:56.789Z',
  },
  'ml.run.stop': {
    event: 'ml.run.stop',
    model_run_id: 'search-42',
    trial_id: 'trial-7',
    state: 'completed',
    duration_ms: 93_000,
    metrics: { val_accuracy: 0.91 },
  },
  'ml.trial.start': {
    event: 'ml.trial.start',
    model_run_id: 'search-42',
    trial_id: 'trial-7',
    spectral_norm: 'true',
    parameters: { lr: 0.001, optimizer: 'adam' },
  },
  'ml.trial.complete': {
    event: 'ml.trial.complete',
    event_id: '0199b4f2-6d1c-7c3e-9a55-0d7f5f6c2a11',
    model_run_id: 'search-42',
    trial_id: 'trial-7',
    mlflow_run_id: '5f3c1b9a7d2e4c6f8a0b1c2d3e4f5a6b',
    spectral_norm: true,
    metrics: { val_accuracy: 0.91, val_loss: 0.31 },
    parameters: { lr: 0.001, optimizer: 'adam' },
    artifact_uri: 's3://models/search-42/trial-7.pt',
    duration_ms: 93_000,
    rank: 1,
  },
  'ml.trial.failed': {
    event: 'ml.trial.failed',
    model_run_id: 'search-42',
    trial_id: 'trial-8',
    error_type: 'pruned',
    error_message: 'Trial was pruned at epoch 5.',
  },
};

/** The same in the shape of the Python client. */
const PYTHON: Readonly<Record<EventName, Json>> = {
  'ml.run.start': {
    event: 'ml.run.start',
    trial_id: 'trial-7',
    metadata: { model_run_id: 'search-42', spectral_norm: true, framework: 'torch' },
  },
  'ml.run.metric': {
    event: 'ml.run.metric',
    trial_id: 'trial-7',
    metadata: { model_run_id: 'search-42', epoch: 3 },
    measurements: { train_loss: 0.53, val_loss: 0.42, grad_norm: 'NaN' },
  },
  'ml.run.stop': {
    event: 'ml.run.stop',
    trial_id: 'trial-7',
    metadata: { model_run_id: 'search-42', success: true },
    measurements: { val_accuracy: 0.91, duration_ms: 93_000 },
  },
  'ml.trial.start': {
    event: 'ml.trial.start',
    trial_id: 'trial-7',
    metadata: { model_run_id: 'search-42', spectral_norm: 1, hyperparams: { lr: 0.001 } },
  },
  'ml.trial.complete': {
    event: 'ml.trial.complete',
    trial_id: 'trial-7',
    metadata: { model_run_id: 'search-42', artifact_uri: 's3://models/search-42/trial-7.pt', rank: 1 },
    measurements: { val_accuracy: 0.91, duration_ms: 93_000 },
  },
  'ml.trial.failed': {
    event: 'ml.trial.failed',
    trial_id: 'trial-8',
    metadata: { model_run_id: 'search-42', error_type: 'RuntimeError', error_message: 'CUDA out of memory' },
  },
};

export interface Example {
  readonly summary: string;
  readonly value: unknown;
}

/** Each event in both shapes, and a batch. A test posts every one of them. */
export const JSON_EXAMPLES: Readonly<Record<string, Example>> = {
  ...Object.fromEntries(
    EVENT_NAMES.flatMap((name) => [
      [`${name} (flat)`, { summary: `${name}, flat`, value: FLAT[name] }],
      [`${name} (python)`, { summary: `${name}, as the Python client shapes it`, value: PYTHON[name] }],
    ]),
  ),
  batch: { summary: 'a batch', value: [FLAT['ml.run.metric'], PYTHON['ml.run.metric']] },
};

/** The same batch, one event a line. */
export const NDJSON_EXAMPLE: Example = {
  summary: 'one event a line',
  value: `${JSON.stringify(FLAT['ml.run.metric'])}\n${JSON.stringify(PYTHON['ml.run.metric'])}\n`,
};
