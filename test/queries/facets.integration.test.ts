import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Facets } from '../../src/queries/shapes.ts';
import { accept } from '../events/receive.ts';
import { createQueryWorld, type QueryWorld } from './query-world.ts';

let world: QueryWorld;

beforeAll(async () => {
  world = await createQueryWorld();
  const about = (run: string, trial: string) => ({ model_run_id: run, trial_id: trial });
  await world.write(
    accept('ml.trial.complete', {
      ...about('a', 't1'),
      spectral_norm: true,
      parameters: { lr: 1 },
      metrics: { loss: 3 },
    }),
    accept('ml.trial.complete', { ...about('b', 't1'), parameters: { lr: 2, width: 8 }, metrics: { loss: 1, top: 4 } }),
    accept('ml.trial.start', about('b', 't2')),
    accept('ml.trial.complete', { ...about('other', 't1'), parameters: { depth: 2 }, metrics: { far: 1 } }),
    accept('ml.run.metric', { ...about('a', 't1'), step: 1, measurements: { loss: 1, x: 2 } }),
    accept('ml.run.metric', { ...about('b', 't1'), step: 1, measurements: { loss: 1, y: 2 } }),
  );
});
afterAll(() => world.close());

test('the facets of several runs are over the trials of all of them', async () => {
  const facets = await world.get<Facets>('/api/runs/a/facets?model_run_id=b&model_run_id=a&model_run_id=unknown');
  expect(facets).toMatchObject({
    model_run_id: 'a',
    trials: { total: 3, completed: 2, running: 1 },
    spectral_norm: { with: 1, without: 2 },
    parameters: [
      { name: 'lr', trials: 2, min: 1, max: 2, distinct: 2 },
      { name: 'width', trials: 1, distinct: 1 },
    ],
    metrics: [
      { name: 'loss', trials: 2, min: 1, max: 3 },
      { name: 'top', trials: 1 },
    ],
    metric_names: ['loss', 'x', 'y'],
  });
});

test('the facets of one run are over its trials alone', async () => {
  const facets = await world.get<Facets>('/api/runs/a/facets');
  expect(facets.trials.total).toBe(1);
  expect(facets.parameters.map(({ name }) => name)).toEqual(['lr']);
  expect(facets.metric_names).toEqual(['loss', 'x']);
});
