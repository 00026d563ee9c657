import { afterAll, expect, test } from '@jest/globals';
import { accept } from '../../events/receive.ts';
import { recordOf } from '../postgres/records.ts';
import { createMirrorWorld } from './mirror-world.ts';

const world = await createMirrorWorld();
afterAll(() => world.close());

const AT = Date.UTC(2026, 8, 1, 12);

test('a trial is one run with its params, points, tags, status and times', async () => {
  const run = world.runId('whole');
  const { sink } = await world.openSink();
  const ids = { model_run_id: run, trial_id: 't-1' };
  const events = [
    accept('ml.trial.start', {
      ...ids,
      timestamp: AT,
      spectral_norm: true,
      hyperparams: { lr: 0.1, model: { width: 8, layers: [1, 2] }, seed: 123456789012345680001n.toString() },
    }),
    accept('ml.run.metric', { ...ids, timestamp: AT + 1, step: 0, measurements: { loss: 1, accuracy: 'NaN' } }),
    accept('ml.run.metric', { ...ids, timestamp: AT + 2, step: 1, measurements: { loss: 0.5, accuracy: 'Infinity' } }),
    accept('ml.trial.complete', {
      ...ids,
      timestamp: AT + 3,
      metrics: { loss: 0.25 },
      parameters: { lr: 0.1, epochs: 2, model: { width: 16 } },
      artifact_uri: 's3://models/t-1/model.pth',
      duration_ms: 3,
      rank: 1,
    }),
  ];
  expect(await sink.write(events.map(recordOf))).toEqual([]);
  const [found, ...others] = await world.runs(run);
  expect(others).toEqual([]);
  expect(found).toMatchObject({ name: 't-1', status: 'FINISHED', startTimeMs: AT, endTimeMs: AT + 3 });
  expect(Object.fromEntries(found?.params ?? [])).toEqual({
    lr: '0.1',
    'model.width': '8',
    'model.layers': '[1,2]',
    seed: '123456789012345680001',
    epochs: '2',
  });
  expect(Object.fromEntries(found?.points ?? [])).toEqual({
    loss: [
      { step: 0, value: 1, timestampMs: AT + 1 },
      { step: 1, value: 0.5, timestampMs: AT + 2 },
    ],
    accuracy: [
      { step: 0, value: Number.NaN, timestampMs: AT + 1 },
      { step: 1, value: Number.MAX_VALUE, timestampMs: AT + 2 },
    ],
    'final/loss': [{ step: 0, value: 0.25, timestampMs: AT + 3 }],
  });
  expect(Object.fromEntries(found?.tags ?? [])).toMatchObject({
    trial_id: 't-1',
    model_run_id: run,
    constraint_method: 'spectral_norm',
    artifact_uri: 's3://models/t-1/model.pth',
    'thunderline.key': expect.stringMatching(/^[0-9a-f-]{36}$/),
    'thunderline.url': `http://localhost:4000/runs/${run}?trial=t-1`,
    'thunderline.status': 'completed',
    'thunderline.rank': '1',
    'thunderline.duration_ms': '3',
    'thunderline.parameters.model.width': '16',
    'thunderline.infinite.accuracy': 'true',
    'mlflow.note.content': expect.stringContaining(`](http://localhost:4000/runs/${run}?trial=t-1)`),
  });
});
