import { describe, expect, test } from '@jest/globals';
import { accept, refuse } from './receive.ts';

const complete = (input: object) => accept('ml.trial.complete', { trial_id: 't', ...input });

/** The faults of a trial event with these fields. */
const faultsOf = (event: string, input: object): string[] => refuse({ event, trial_id: 't', ...input });

test('parseEvent reads every field of a completed trial', () => {
  const input = {
    model_run_id: '550e8400-e29b-41d4-a716-446655440000',
    trial_id: 'trial_007',
    spectral_norm: true,
    mlflow_run_id: 'mlflow_abc123',
    metrics: { val_accuracy: 0.9234, val_loss: 0.0876, test_accuracy: 0.9187 },
    artifact_uri: 's3://thunderline-models/run_123/trial_007',
    duration_ms: 45_000,
    rank: 3,
  };
  const parameters = { hidden_size: 256, num_layers: 4, dropout: 0.3, spectral_norm_coeff: 1.0 };
  expect(complete({ ...input, parameters, status: 'completed' })).toMatchObject({
    ...input,
    parameters: '{"hidden_size":256,"num_layers":4,"dropout":0.3,"spectral_norm_coeff":1}',
    hyperparams: null,
    metadata: '{"status":"completed"}',
  });
});

describe.each(['ml.trial.complete', 'ml.trial.failed', 'ml.run.stop'])(
  'parseEvent checks the metrics of %s',
  (event) => {
    test.each<[object, string[]]>([
      [{ metrics: { a: 'NaN' } }, []],
      [{ metrics: { a: 'x' } }, ['invalid_type metrics.a']],
      [{ metrics: [] }, ['invalid_type metrics']],
      [{ metadata: { metrics: { a: {} } } }, ['invalid_type metadata.metrics.a']],
    ])('%j', (input, faults) => {
      expect(faultsOf(event, { state: 'failed', ...input })).toEqual(faults);
    });
  },
);

describe('parseEvent checks ml.trial.complete', () => {
  test.each<[object, string[]]>([
    [{ duration_ms: 0 }, []],
    [{ duration_ms: 1.5 }, ['invalid_value duration_ms']],
    [{ duration_ms: -1 }, ['invalid_value duration_ms']],
    [{ duration_ms: 2 ** 53 }, ['invalid_value duration_ms']],
    [{ measurements: { duration_ms: 1.5 } }, ['invalid_value measurements.duration_ms']],
    [{ rank: 1 }, []],
    [{ rank: 0 }, ['invalid_value rank']],
    [{ rank: 1.5 }, ['invalid_value rank']],
    [{ rank: '1' }, []],
    [{ rank: '0' }, ['invalid_type rank']],
    [{ rank: 'first' }, ['invalid_type rank']],
    [{ duration_ms: '45000' }, []],
    [{ duration_ms: '45000.0' }, []],
    [{ measurements: { duration_ms: null } }, []],
    [{ metrics: { acc: null, loss: '0.5' } }, []],
    [{ rank: 2 ** 31 }, ['invalid_value rank']],
    [{ artifact_uri: '' }, []],
    [{ artifact_uri: 7 }, ['invalid_type artifact_uri']],
    [{ artifact_uri: 'x'.repeat(65_537) }, ['too_long artifact_uri']],
    [{ mlflow_run_id: '' }, ['invalid_value mlflow_run_id']],
    [{ parameters: [] }, ['invalid_type parameters']],
    [{ parameters: { lr: 1 }, metadata: { parameters: { lr: 2 } } }, ['field_conflict parameters']],
    [{ parameters: { a: 1, b: 2 }, metadata: { parameters: { b: 2, a: 1 } } }, []],
  ])('%j', (input, faults) => {
    expect(faultsOf('ml.trial.complete', input)).toEqual(faults);
  });
});

describe('parseEvent checks ml.trial.failed', () => {
  test('keeps a whole traceback', () => {
    const traceback = 'Traceback (most recent call last):\n\tFile "train.py"\n\u001b[31mValueError\u001b[0m: Ünï 𝛼';
    const failed = accept('ml.trial.failed', { trial_id: 't', error_type: 'ValueError', error_message: traceback });
    expect(failed).toMatchObject({ error_type: 'ValueError', error_message: traceback });
  });

  test('accepts pruned as a kind of failure', () => {
    expect(accept('ml.trial.failed', { trial_id: 't', error_type: 'pruned' }).error_type).toBe('pruned');
  });

  test.each<[object, string[]]>([
    [{}, []],
    [{ error_message: 'a\0b' }, ['control_character error_message']],
    [{ error_message: '\ud800' }, ['invalid_unicode error_message']],
    [{ error_message: 'x'.repeat(65_536) }, []],
    [{ error_message: 'x'.repeat(65_537) }, ['too_long error_message']],
    [{ error_message: ['line'] }, ['invalid_type error_message']],
    [{ error_type: '' }, ['invalid_value error_type']],
    [{ error_type: 'a', metadata: { error_type: 'b' } }, ['field_conflict error_type']],
    [{ duration_ms: 1.5 }, []],
  ])('%j', (input, faults) => {
    expect(faultsOf('ml.trial.failed', input)).toEqual(faults);
  });
});

describe.each([
  'ml.run.start',
  'ml.run.stop',
  'ml.run.metric',
  'ml.trial.start',
  'ml.trial.complete',
  'ml.trial.failed',
])('parseEvent reads spectral_norm of %s', (event) => {
  const rest = { state: 'completed', ...(event === 'ml.run.metric' && { measurements: { loss: 1 } }) };
  test.each<[unknown, boolean | null]>([
    [true, true],
    ['true', true],
    [1, true],
    [false, false],
    ['false', false],
    [0, false],
    [null, null],
    [undefined, null],
  ])('%j as %j, at the top and in metadata', (spectral_norm, read) => {
    const name = event as 'ml.run.start';
    expect(accept(name, { ...rest, trial_id: 't', spectral_norm }).spectral_norm).toBe(read);
    expect(accept(name, { ...rest, trial_id: 't', metadata: { spectral_norm } }).spectral_norm).toBe(read);
  });

  test.each([['yes'], ['True'], [2], [''], [{}], [[true]]])('rejects %j', (spectral_norm) => {
    expect(faultsOf(event, { ...rest, spectral_norm })).toEqual(['invalid_value spectral_norm']);
  });

  test('accepts two notations of the same value', () => {
    expect(faultsOf(event, { ...rest, spectral_norm: 1, metadata: { spectral_norm: 'true' } })).toEqual([]);
    expect(faultsOf(event, { ...rest, spectral_norm: 1, metadata: { spectral_norm: false } })).toEqual([
      'field_conflict spectral_norm',
    ]);
  });
});
