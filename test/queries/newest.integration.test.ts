import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { RunList, TrialList } from '../../src/queries/shapes.ts';
import { accept } from '../events/receive.ts';
import { createQueryWorld, type QueryWorld, queryString } from './query-world.ts';

let world: QueryWorld;
const START = Date.UTC(2026, 9, 1);
const RUNS = Array.from({ length: 10 }, (_, n) => `run-${n}`);

beforeAll(async () => {
  world = await createQueryWorld();
  await world.write(
    ...RUNS.flatMap((model_run_id, n) => [
      // Every second client sends no ml.run.start.
      ...(n % 2 === 0 ? [accept('ml.run.start', { model_run_id, timestamp: START + n * 1_000 })] : []),
      accept('ml.trial.start', { model_run_id, trial_id: 't', timestamp: START + n * 1_000 + 1 }),
      ...[0, 1, 2].map((step) =>
        accept('ml.run.metric', {
          model_run_id,
          trial_id: 't',
          timestamp: START + n * 1_000 + 2 + step,
          step,
          measurements: { a: step, loss: step === 2 ? 'NaN' : step + n },
        }),
      ),
    ]),
  );
  await world.write(accept('ml.run.metric', { model_run_id: 'points-only', step: 0, measurements: { loss: 1 } }));
});
afterAll(() => world.close());

describe('a run without ml.run.start', () => {
  const newest = ['points-only', ...RUNS.toReversed()];

  test('has the place of its first trial, or of its first event', async () => {
    const { runs } = await world.get<RunList>('/api/runs');
    expect(runs.map(({ model_run_id }) => model_run_id)).toEqual(newest);
  });

  test('is once in the pages, which stay stable while runs arrive', async () => {
    const paged: string[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const page: RunList = await world.get(`/api/runs${queryString({ limit: 3, ...(cursor !== '' && { cursor }) })}`);
      paged.push(...page.runs.map(({ model_run_id }) => model_run_id));
      cursor = page.next_cursor;
      await world.write(accept('ml.trial.start', { model_run_id: `later-${paged.length}`, trial_id: 't' }));
    }
    expect(paged).toEqual(newest);
  });
});

describe('the last points of each trial of a list', () => {
  const list = (query: object) => world.get<TrialList>(`/api/trials${queryString({ ...query })}`);

  test('are of the preferred metric, over all runs, in one request', async () => {
    const { trials } = await list({ recent: 2, q: 'run-', sort: 'started_at' });
    expect(trials.map(({ recent }) => recent)).toEqual(
      RUNS.map((_, n) => ({
        name: 'loss',
        step: [1, 2],
        time_ms: [START + n * 1_000 + 3, START + n * 1_000 + 4],
        value: [1 + n, 'NaN'],
      })),
    );
  });

  test('are of the latest attempt', async () => {
    const about = { model_run_id: 'again', trial_id: 't' };
    for (const attempt of [1, 2]) {
      await world.write(
        accept('ml.run.metric', { ...about, attempt, step: 9 - attempt, measurements: { x: attempt } }),
      );
    }
    const { trials } = await list({ recent: 5, model_run_id: 'again' });
    expect(trials[0]?.recent).toMatchObject({ name: 'x', step: [7], value: [2] });
  });

  test('are null without a point, absent unless they are asked for, and bounded', async () => {
    await world.write(accept('ml.trial.start', { model_run_id: 'empty', trial_id: 't' }));
    expect((await list({ recent: 5, model_run_id: 'empty' })).trials[0]?.recent).toBeNull();
    expect((await list({ model_run_id: 'run-1' })).trials[0]).not.toHaveProperty('recent');
    expect(await world.get('/api/trials?limit=1000&recent=60', 400)).toMatchObject({
      detail: expect.stringContaining('recent=20'),
    });
  });
});
