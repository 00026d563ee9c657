import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { TrialList } from '../../src/queries/shapes.ts';
import { accept } from '../events/receive.ts';
import { createQueryWorld, type QueryWorld, queryString } from './query-world.ts';

let world: QueryWorld;
const START = Date.UTC(2026, 9, 1);
const LOSSES = [0.3, 0.1, 'NaN', 0.2, undefined, 'Infinity', 0.1, '-Infinity', 0.5, undefined] as const;

const trial = (n: number, about: object = {}) => ({
  model_run_id: `run-${n % 2}`,
  trial_id: `t${n}`,
  timestamp: START + n,
  ...about,
});

beforeAll(async () => {
  world = await createQueryWorld();
  await world.write(
    ...LOSSES.flatMap((loss, n) => [
      accept('ml.trial.start', {
        ...trial(n),
        spectral_norm: n < 5,
        hyperparams: { n, tag: n % 3 === 0 ? 'x' : n, flag: n > 6 },
      }),
      accept('ml.trial.complete', { ...trial(n), metrics: loss === undefined ? { other: 1 } : { loss } }),
    ]),
  );
});
afterAll(() => world.close());

const list = (query: object) => world.get<TrialList>(`/api/trials${queryString({ ...query })}`);
const ids = async (query: object) => (await list(query)).trials.map(({ trial_id }) => Number(trial_id.slice(1)));

describe('the order', () => {
  test.each([
    ['-started_at', [9, 8, 7, 6, 5, 4, 3, 2, 1, 0]],
    ['started_at', [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]],
    // The same loss: by the ids. NaN, then the trials without a loss, are last in either direction.
    ['metric.loss', [7, 6, 1, 3, 0, 8, 5, 2, 4, 9]],
    ['-metric.loss', [5, 8, 0, 3, 6, 1, 7, 2, 4, 9]],
    ['-param.n', [9, 8, 7, 6, 5, 4, 3, 2, 1, 0]],
    ['param.tag', [1, 2, 4, 5, 7, 8, 0, 6, 3, 9]],
    ['param.absent', [0, 2, 4, 6, 8, 1, 3, 5, 7, 9]],
  ])('%s', async (sort, expected) => {
    expect(await ids({ sort })).toEqual(expected);
    const paged: number[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const page = await list({ sort, limit: 3, ...(cursor !== '' && { cursor }) });
      paged.push(...page.trials.map(({ trial_id }) => Number(trial_id.slice(1))));
      cursor = page.next_cursor;
    }
    expect(paged).toEqual(expected);
  });
});

describe('a filter', () => {
  test.each([
    [{ spectral_norm: 'true' }, [0, 1, 2, 3, 4]],
    [{ 'metric.loss': 'lt:0.3' }, [1, 3, 6, 7]],
    [{ 'metric.loss': ['gte:0.2', 'lt:0.5'] }, [0, 3]],
    [{ 'metric.loss': 'gt:0.4' }, [5, 8]],
    [{ 'metric.loss': 'NaN' }, [2]],
    [{ 'param.tag': 'x' }, [0, 3, 6, 9]],
    [{ 'param.tag': '4' }, [4]],
    [{ 'param.n': ['gt:2', 'lte:5'], model_run_id: 'run-1' }, [3, 5]],
    [{ 'param.flag': 'true' }, [7, 8, 9]],
    [{ 'param.absent': 'x' }, []],
    // A text that a sender used for a number outside the range of a double.
    [{ 'param.tag': '1e400' }, []],
    [{ q: 'T7' }, [7]],
    [{ started_after: new Date(START + 7).toISOString() }, [8, 9]],
    // The same moment, as a clock in another zone writes it.
    [{ started_before: '2026-10-01T05:30:00.002+05:30' }, [0, 1]],
    [{ status: 'running' }, []],
    [{ status: ['running', 'completed'], q: 't1' }, [1]],
  ])('%j', async (query, expected) => {
    expect(await ids({ sort: 'started_at', ...query })).toEqual(expected);
    expect((await list({ ...query, limit: 1 })).total).toBe(expected.length);
  });
});

test('pages stay stable while trials arrive', async () => {
  const first = await list({ model_run_id: 'run-1', limit: 2 });
  await world.write(accept('ml.trial.start', { ...trial(11, { timestamp: START + 11 }) }));
  const second = await list({ model_run_id: 'run-1', limit: 2, cursor: first.next_cursor });
  expect([...first.trials, ...second.trials].map(({ trial_id }) => trial_id)).toEqual(['t9', 't7', 't5', 't3']);
  await world.tables.query(`delete from cerebros_model_trials where trial_id = 't11'`);
});

describe('a wrong parameter is answered with what to change', () => {
  test.each([
    ['/api/trials?sort=nothing', 'the parameter sort must be started_at, completed_at,'],
    ['/api/trials?metric.loss=low', 'the parameter metric."loss" must be a number'],
    ['/api/trials?metric.loss=1e400', 'the parameter metric."loss" is outside the range of a double'],
    ['/api/trials?metric.loss=lt:-1e400', 'outside the range of a double'],
    ['/api/trials?metric.loss=gt:%2B1e-400', 'outside the range of a double'],
    ['/api/trials?metric.loss=gt:1e-400', 'outside the range of a double'],
    [`/api/trials?metric.loss=${'1'.repeat(400)}`, 'outside the range of a double'],
    ['/api/compare?metric=loss&group_by=spectral_norm&param.lr=gte:1e400', 'outside the range of a double'],
    ['/api/trials?status=done', 'must be one of queued, running, completed'],
    ['/api/trials?limit=0', 'must be an integer from 1 to 1000'],
    ['/api/trials?trial=1', 'there is no parameter trial; this route has model_run_id, status,'],
    ['/api/trials?q=%00', 'contains NUL'],
    ['/api/trials?started_after=yesterday', 'must be a time such as'],
    ['/api/runs/run-0/metrics', 'the parameter name is required'],
    ['/api/runs/run-0/trials/t0/metrics?name=loss&from=-1', 'an integer from 0 to 2^63 - 1'],
    ['/api/runs/%00', 'the model_run_id in the path'],
  ])('%s', async (path, detail) => {
    expect(await world.get(path, 400)).toMatchObject({
      code: 'malformed_request',
      detail: expect.stringContaining(detail),
    });
  });

  test('a cursor of another filter', async () => {
    const { next_cursor } = await list({ limit: 1 });
    const path = `/api/trials${queryString({ cursor: next_cursor, q: 't' })}`;
    expect(await world.get(path, 400)).toMatchObject({ code: 'cursor_mismatch' });
  });

  test.each([
    '/api/runs/absent',
    '/api/runs/run-0/trials/absent',
    '/api/runs/absent/metrics?name=x',
    '/api/mlflow/runs/absent',
  ])('%s is answered 404', async (path) => {
    expect(await world.get(path, 404)).toMatchObject({ code: 'not_found' });
  });
});

test('an answer that the client has is 304, until the content changes', async () => {
  const url = `${world.server.url}/api/trials`;
  const first = await fetch(url);
  const etag = String(first.headers.get('etag'));
  expect(first.headers.get('cache-control')).toBe('private, no-cache');
  expect((await fetch(url, { headers: { 'if-none-match': etag } })).status).toBe(304);
  await world.write(accept('ml.trial.start', trial(12)));
  expect((await fetch(url, { headers: { 'if-none-match': etag } })).status).toBe(200);
});
