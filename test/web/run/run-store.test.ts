import { afterEach, expect, jest, test } from '@jest/globals';
import type { DataFrame } from '../../../src/live/frames.ts';
import type { SeriesList, ShownSeries, TrialListItem } from '../../../src/queries/shapes.ts';
import { ApiError, type RequestJson } from '../../../web/api/request.ts';
import { RunStore } from '../../../web/run/run-store.ts';

// The store counts last values in time.
jest.useFakeTimers();
afterEach(() => jest.clearAllTimers());

const row = (trial_id: string, attempt: number): TrialListItem => ({
  ...{ model_run_id: 'r', trial_id, attempt, status: 'running', spectral_norm: false },
  ...{ mlflow_run_id: null, mlflow_url: null, rank: null, started_at: null, completed_at: null, duration_ms: null },
  ...{ error_type: null, error_message: null, parameters: {}, metrics: {} },
});

const series = (trial_id: string, steps: readonly number[], value: number): ShownSeries => ({
  ...{ trial_id, name: 'loss', resolution: 'exact', source: 'table', total: steps.length, shown: steps.length },
  ...{ nonfinite: 0, nonfinite_at: [], min_step: null, max_step: null, bucket_steps: 1, min: null, max: null },
  ...{ step: steps, time_ms: steps.map(() => 0), last: steps.map(() => value) },
});

const upTo = (end: number, from = 0): number[] => Array.from({ length: end - from }, (_, at) => from + at);

/** A server whose trials were restarted at step 10: steps 0 to 12 are of attempt 1, and 10 to 14 of attempt 2. */
function server() {
  const asked: URLSearchParams[] = [];
  const faults: (Error | undefined)[] = [];
  const request = async (path: string, { signal }: { readonly signal?: AbortSignal } = {}) => {
    const query = new URL(path, 'http://t').searchParams;
    asked.push(query);
    await Promise.resolve();
    signal?.throwIfAborted();
    const fault = faults.shift();
    if (fault !== undefined) throw fault;
    const to = Number(query.get('to') ?? 20);
    const steps = query.get('attempt') === '1' ? upTo(13) : upTo(15, 10);
    const value = query.get('attempt') === '1' ? 1 : 2;
    const found = query.getAll('trial').map((trial) =>
      series(
        trial,
        steps.filter((step) => step <= to),
        value,
      ),
    );
    return { as_of: null, model_run_id: 'r', series: found } as unknown as SeriesList;
  };
  return { asked, faults, request: request as RequestJson };
}

const never = new AbortController().signal;

function restarted(trials: readonly string[]) {
  const { asked, faults, request } = server();
  const store = new RunStore('r', request);
  store.addRows(trials.map((trial) => row(trial, 2)));
  return { asked, faults, store };
}

const valuesOf = (store: RunStore, trial: string): readonly number[] => store.of('loss', trial)?.last ?? [];
const whole = [...upTo(10).map(() => 1), ...upTo(5).map(() => 2)];

test('100 restarted trials take two requests', async () => {
  const trials = upTo(100).map((at) => `t${at}`);
  const { asked, store } = restarted(trials);
  await store.open('loss', trials, never);
  expect(asked.map((query) => [query.getAll('trial').length, query.get('attempt'), query.get('to')])).toEqual([
    [100, null, null],
    [100, '1', '9'],
  ]);
  expect(valuesOf(store, 't99')).toEqual(whole);
  await store.open('loss', trials, never);
  expect(asked).toHaveLength(2);
});

test.each(['is cancelled', 'fails'])('the part before a break is read again after its reading %s', async (how) => {
  const { faults, store } = restarted(['t']);
  const cancel = new AbortController();
  const fault = how === 'fails' ? new ApiError(503, 'unavailable', 'later') : cancel.signal.reason;
  faults.push(undefined, fault ?? new DOMException('aborted', 'AbortError'));
  await expect(store.open('loss', ['t'], cancel.signal)).rejects.toThrow();
  await store.open('loss', ['t'], never);
  expect(valuesOf(store, 't')).toEqual(whole);
});

test('a series that is forgotten while it is read is read again', async () => {
  const { asked, store } = restarted(['t']);
  const reading = store.open('loss', ['t'], never);
  await reading;
  const second = store.open('loss', ['t'], never);
  store.forget('loss', 't');
  await second;
  const before = asked.length;
  await store.open('loss', ['t'], never);
  expect(asked.length).toBeGreaterThan(before);
});

const frame = (attempt: number, step: number, value: number): DataFrame => ({
  points: [{ model_run_id: 'r', trial_id: 't', points: [[step, 1, `${attempt} ${step}`, attempt, { loss: value }]] }],
});

test('a late point of an earlier attempt changes neither the line nor the last value', async () => {
  const { store } = restarted(['t']);
  await store.open('loss', ['t'], never);
  store.apply(frame(2, 15, 3));
  store.apply(frame(1, 99, 7));
  expect(store.lastOf('t', 'loss')).toBe(3);
  expect(valuesOf(store, 't')).toEqual([...whole, 3]);
});

test('a point that arrives before its series is read is in it', async () => {
  const { store } = restarted(['t']);
  store.apply(frame(2, 16, 4));
  await store.open('loss', ['t'], never);
  expect(valuesOf(store, 't').at(-1)).toBe(4);
  expect(store.metricNames.value).toEqual(['loss']);
});

test('an answer from before a restart adds no result to the new attempt', () => {
  const store = new RunStore('r', server().request);
  const start = { event: 'ml.trial.start', event_id: 's', model_run_id: 'r', trial_id: 't', timestamp: 5, attempt: 2 };
  store.apply({ events: [start] });
  store.addRows([{ ...row('t', 1), status: 'failed', completed_at: new Date(4).toISOString(), metrics: { loss: 1 } }]);
  expect(store.rows.get('t')).toMatchObject({ attempt: 2, status: 'running', metrics: {} });
});
