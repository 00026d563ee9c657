import { afterAll, afterEach, expect, test } from '@jest/globals';
import { completed, delivered, metric, started } from './events.ts';
import { type HttpProxy, PASS, startHttpProxy } from './http-proxy.ts';
import { createMirrorWorld } from './mirror-world.ts';

const world = await createMirrorWorld();
let proxy: HttpProxy | undefined;
afterEach(() => proxy?.close());
afterAll(() => world.close());

const trialOf = (run: string, trial = 't') => ({ model_run_id: run, trial_id: trial });

test('a param that changes keeps its first value, and its current one is a tag', async () => {
  const run = world.runId('changed-param');
  const { sink } = await world.openSink();
  await sink.write(...delivered([started(trialOf(run), { hyperparams: { lr: 1, depth: 3 } })]));
  const later = started(trialOf(run), { timestamp: Date.UTC(2026, 8, 2), hyperparams: { lr: 2, depth: 3, width: 8 } });
  await sink.write(...delivered([later, metric(trialOf(run), 0)], 1));
  const [found] = await world.runs(run);
  expect(Object.fromEntries(found?.params ?? [])).toEqual({ lr: '1', depth: '3', width: '8' });
  expect(found?.tags.get('thunderline.param.lr')).toBe('2');
  expect(found?.tags.has('thunderline.param.depth')).toBe(false);
  expect(found?.points.get('loss')).toHaveLength(1);
  const back = started(trialOf(run), { timestamp: Date.UTC(2026, 8, 3), hyperparams: { lr: 1, depth: 3, width: 8 } });
  await sink.write(...delivered([back], 3));
  expect((await world.runs(run))[0]?.tags.get('thunderline.param.lr')).toBe('1');
});

test('names that MLflow refuses are renamed, and a tag keeps the original', async () => {
  const run = world.runId('names');
  const { sink } = await world.openSink();
  const names = ['loss (%)', 'a//b', '../up', 'x'.repeat(255), 'émoji 🎉', 'plain/name.1'];
  const measurements = Object.fromEntries(names.map((name, index) => [name, index]));
  const hyperparams = { 'weird|key': 1, plain: 2 };
  expect(
    await sink.write(...delivered([started(trialOf(run), { hyperparams }), metric(trialOf(run), 0, { measurements })])),
  ).toEqual([]);
  const [found] = await world.runs(run);
  const original = (key: string): string => found?.tags.get(`thunderline.name.${key}`) ?? key;
  const points = [...(found?.points ?? [])].map(([key, [point]]) => [original(key), point?.value]);
  expect(Object.fromEntries(points)).toEqual(measurements);
  const params = [...(found?.params ?? [])].map(([key, value]) => [original(key), value]);
  expect(Object.fromEntries(params)).toEqual({ 'weird|key': '1', plain: '2' });
});

test('values that are too long are cut with a mark, and everything else arrives', async () => {
  const run = world.runId('long');
  const { sink } = await world.openSink();
  const ids = trialOf(run, 'y'.repeat(255));
  const events = [
    started(ids, { hyperparams: { prompt: 'p'.repeat(7_000), lr: 1 } }),
    metric(ids, 0),
    completed(ids, { artifact_uri: 's3://bucket/key' }),
  ];
  expect(await sink.write(...delivered(events))).toEqual([]);
  const [found] = await world.runs(run);
  expect(found?.name).toHaveLength(250);
  expect(found?.tags.get('trial_id')).toBe('y'.repeat(255));
  expect(found?.params.get('prompt')).toMatch(/^p{5900}.*cut, 7,000 characters\)$/);
  expect(found?.params.get('lr')).toBe('1');
  expect(found).toMatchObject({ status: 'FINISHED' });
});

test('an event with more metrics than a call takes is written whole', async () => {
  const run = world.runId('wide');
  const { sink } = await world.openSink();
  // The gateway has a limit of names in one event, another producer may have none.
  const event = metric(trialOf(run), 0);
  const measurements = Object.fromEntries(Array.from({ length: 2_300 }, (_, index) => [`m${index}`, index]));
  expect(await sink.write(...delivered([metric(trialOf(run), 1), { ...event, measurements } as never]))).toEqual([]);
  const { rows } = await world.database.query('select run_id from mlflow_links where model_run_id = $1', [run]);
  const found = await world.client.getRun(rows[0]?.run_id);
  expect(found.ok && found.value.latest.size).toBe(2_301);
});

test('the one record that MLflow refuses is returned with its words, and is not taken for written', async () => {
  const run = world.runId('refused');
  proxy = await startHttpProxy(world.mlflowUrl);
  const { sink } = await world.openSink({ url: proxy.url });
  // A server with a stricter rule than the one of this version.
  const strict = (body: Buffer) => body.includes('"step":137}');
  const refusal = JSON.stringify({ error_code: 'INVALID_PARAMETER_VALUE', message: 'no step 137 here' });
  proxy.treat(({ call, body }) =>
    call === 'runs/log-batch' && strict(body)
      ? { kind: 'answer', status: 400, type: 'application/json', body: refusal }
      : PASS,
  );
  const batch = delivered(Array.from({ length: 1_000 }, (_, step) => metric(trialOf(run), step)));
  const rejected = await sink.write(...batch);
  expect(rejected).toMatchObject([
    { record: { offset: '137' }, code: 'rejected_by_mlflow', message: expect.stringContaining('no step 137 here') },
  ]);
  expect(proxy.seen.filter(({ call }) => call === 'runs/log-batch').length).toBeLessThanOrEqual(21);
  expect((await world.runs(run))[0]?.points.get('loss')).toHaveLength(999);
  // It has no dead letter until the loop has written one, so a crash before that finds it again.
  proxy.treat(() => PASS);
  expect(await sink.write(...batch)).toEqual([]);
  expect((await world.runs(run))[0]?.points.get('loss')).toHaveLength(1_000);
});

test('an answer 500 that stays for the same points while other writes succeed is a fault of the data', async () => {
  const run = world.runId('crashing');
  proxy = await startHttpProxy(world.mlflowUrl);
  const { sink } = await world.openSink({ url: proxy.url });
  proxy.treat(({ call, body }) =>
    call === 'runs/log-batch' && body.includes('"step":2}')
      ? { kind: 'answer', status: 500, type: 'text/html', body: '<h1>Internal Server Error</h1>' }
      : PASS,
  );
  const rejected = await sink.write(...delivered([0, 1, 2, 3].map((step) => metric(trialOf(run), step))));
  expect(rejected).toMatchObject([{ record: { offset: '2' }, message: expect.stringContaining('500') }]);
  expect((await world.runs(run))[0]?.points.get('loss')).toHaveLength(3);
});
