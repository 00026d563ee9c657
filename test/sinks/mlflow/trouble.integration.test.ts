import { afterAll, afterEach, beforeEach, expect, test } from '@jest/globals';
import { eventually } from '../../support/eventually.ts';
import { completed, delivered, metric, started } from './events.ts';
import { type HttpProxy, PASS, startHttpProxy, type Treatment } from './http-proxy.ts';
import { createMirrorWorld } from './mirror-world.ts';

const world = await createMirrorWorld();
let proxy: HttpProxy;
beforeEach(async () => {
  proxy = await startHttpProxy(world.mlflowUrl);
});
afterEach(() => proxy.close());
afterAll(() => world.close());

const trialOf = (run: string) => ({ model_run_id: run, trial_id: 't' });
const answer = (status: number, type: string, body: string): Treatment => ({ kind: 'answer', status, type, body });
const json = (code: string, message: string): string => JSON.stringify({ error_code: code, message });

const TROUBLES: readonly (readonly [string, Treatment, RegExp])[] = [
  ['MLflow is unavailable', { kind: 'lose request' }, /MLflow at http/],
  ['its proxy answers 502', answer(502, 'text/html', '<h1>Bad Gateway</h1>'), /502/],
  ['it asks to wait with 429', answer(429, 'application/json', json('REQUEST_LIMIT_EXCEEDED', 'slow down')), /429/],
  ['it answers 500', answer(500, 'text/html', '<h1>Internal Server Error</h1>'), /500/],
  ['a login page answers 200', answer(200, 'text/html', '<form>Please log in</form>'), /log in/],
  [
    'its connections to its database are used up',
    answer(400, 'application/json', json('BAD_REQUEST', 'QueuePool limit of size 5 overflow 10 reached')),
    /QueuePool/,
  ],
  [
    'its database is read-only',
    answer(400, 'application/json', json('BAD_REQUEST', 'ReadOnlySqlTransaction: cannot execute INSERT')),
    /read/i,
  ],
  [
    'everything is forbidden to the user',
    answer(403, 'text/html', '<h1>403 Forbidden</h1>'),
    /permissions of that user/,
  ],
  ['the credentials are refused', answer(401, 'text/html', 'You are not authenticated'), /MLFLOW_TRACKING_USERNAME/],
];

test.each(TROUBLES)('while %s, nothing is given up, and the mirror catches up by itself', async (_, trouble, cause) => {
  const run = world.runId(`trouble-${TROUBLES.findIndex(([, one]) => one === trouble)}`);
  const { sink, count } = await world.openSink({ url: proxy.url });
  await sink.write(...delivered([started(trialOf(run)), metric(trialOf(run), 0)]));
  proxy.treat(() => trouble);
  const batch = delivered([metric(trialOf(run), 1), completed(trialOf(run))], 2);
  for (let attempt = 0; attempt < 3; attempt += 1) await expect(sink.write(...batch)).rejects.toThrow(cause);
  expect(await count('mlflowAway')).toBe(1);
  proxy.treat(() => PASS);
  await eventually(async () => (await sink.write(...batch).catch(() => [undefined])).length === 0);
  expect(await count('mlflowAway')).toBe(0);
  const [found] = await world.runs(run);
  expect(found).toMatchObject({ status: 'FINISHED' });
  expect(found?.points.get('loss')).toHaveLength(2);
});

test('while MLflow is unavailable it is asked by one small call at a time, and less and less often', async () => {
  const run = world.runId('probes');
  const { sink } = await world.openSink({ url: proxy.url });
  proxy.treat(() => ({ kind: 'lose request' }));
  const batches = Array.from({ length: 12 }, (_, step) => delivered([metric(trialOf(run), step)], step));
  const start = Date.now();
  const isProbe = ({ call }: { readonly call: string }): boolean => call === 'experiments/search';
  while (Date.now() - start < 4_000 || !proxy.seen.some(isProbe)) {
    await Promise.all(batches.map((batch) => sink.write(...batch).catch(() => undefined)));
  }
  const calls = proxy.seen.map(({ call }) => call);
  const probes = calls.slice(calls.indexOf('experiments/search'));
  expect(new Set(probes)).toEqual(new Set(['experiments/search']));
  expect(calls.length - probes.length).toBeLessThanOrEqual(batches.length);
  // Thousands of writes were refused meanwhile. The pauses are 0.25 s at least, and double.
  expect(probes.length).toBeLessThan(8);
});

test('a write that is slow makes progress, and ends soon when the process stops', async () => {
  const run = world.runId('slow');
  const stopping = new AbortController();
  const { sink } = await world.openSink({ url: proxy.url, signal: stopping.signal });
  await sink.write(...delivered([started(trialOf(run))]));
  const [arrived, released] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  let calls = 0;
  proxy.treat(async ({ call }) => {
    if (call !== 'runs/log-batch') return PASS;
    calls += 1;
    if (calls === 1) return PASS;
    arrived.resolve();
    await released.promise;
    return PASS;
  });
  const before = Date.now();
  const writing = sink.write(
    ...delivered(
      Array.from({ length: 2_000 }, (_, step) => metric(trialOf(run), step)),
      1,
    ),
  );
  await arrived.promise;
  expect(sink.progressedAt?.()).toBeGreaterThanOrEqual(before);
  stopping.abort();
  await expect(writing).rejects.toThrow();
  released.resolve();
  // The points that were acknowledged before the stop are not sent by the next process.
  const next = await world.openSink();
  await next.sink.write(
    ...delivered(
      Array.from({ length: 2_000 }, (_, step) => metric(trialOf(run), step)),
      1,
    ),
  );
  expect(await next.count('mlflowRecords', { result: 'skipped' })).toBe(1_000);
  expect((await world.runs(run))[0]?.points.get('loss')).toHaveLength(2_000);
});
