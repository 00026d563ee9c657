import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import type { Serving } from '../../src/serve.ts';
import { createKafkaWorld } from '../kafka/kafka-world.ts';
import { type Follower, follow, metricEvent, post, serveFeed } from '../live/live-world.ts';

const world = await createKafkaWorld();
let serving: Serving;
const followers: Follower[] = [];
const start = (...of: Parameters<typeof follow>): Follower => {
  const follower = follow(...of);
  followers.push(follower);
  return follower;
};

beforeAll(async () => {
  serving = await serveFeed(world);
});
afterEach(async () => {
  await Promise.all(followers.splice(0).map((follower) => follower.stop()));
});
afterAll(async () => {
  await serving.stop();
  await world.close();
});

const names = ({ frames }: Follower) => frames.map(({ name }) => name);

test('sends a point and an event after hello, each once, with all that identifies them', async () => {
  const follower = start(serving.url, 'model_run_id=hello');
  await follower.until(() => follower.has('hello'));
  const about = {
    model_run_id: 'hello',
    event_id: 'e0000000-0000-4000-8000-000000000001',
    timestamp: 1_750_000_000_000,
  };
  await post(serving.url, [
    metricEvent(3, { ...about, measurements: { loss: 0.5, acc: 'NaN', top: 'Infinity' } }),
    {
      event: 'ml.trial.complete',
      model_run_id: 'hello',
      trial_id: 'trial',
      metrics: { loss: '-Infinity' },
      parameters: { a: [1] },
    },
  ]);
  await follower.until(() => follower.events().length === 1 && follower.steps().length === 1);
  expect(follower.frames[0]).toMatchObject({ name: 'hello', data: { hz: 10, resumed: false, window_seconds: 60 } });
  const data = follower.frames.flatMap((frame) => (frame.name === 'data' ? [frame.data] : []));
  expect(data.flatMap(({ points = [] }) => points)).toEqual([
    {
      model_run_id: 'hello',
      trial_id: 'trial',
      points: [[3, about.timestamp, about.event_id, 0, { loss: 0.5, acc: 'NaN', top: 'Infinity' }]],
    },
  ]);
  expect(follower.events()).toMatchObject([
    {
      event: 'ml.trial.complete',
      model_run_id: 'hello',
      trial_id: 'trial',
      metrics: { loss: '-Infinity' },
      parameters: { a: [1] },
    },
  ]);
});

test('sends only what the filter admits', async () => {
  const byRun = start(serving.url, 'model_run_id=f1&model_run_id=f2');
  const byTrial = start(serving.url, 'model_run_id=f1&trial_id=b');
  const byMetric = start(serving.url, 'model_run_id=f1&metric=acc');
  const events = start(serving.url, 'model_run_id=f1&points=false&hz=20');
  for (const follower of followers) await follower.until(() => follower.has('hello'));
  const point = (model_run_id: string, trial_id: string, step: number) =>
    metricEvent(step, { model_run_id, trial_id, measurements: { loss: 1, ...(step % 2 === 0 && { acc: 1 }) } });
  await post(serving.url, [
    point('f1', 'a', 1),
    point('f1', 'b', 2),
    point('f2', 'a', 3),
    point('f3', 'a', 4),
    { event: 'ml.trial.start', model_run_id: 'f1', trial_id: 'a' },
    { event: 'ml.run.stop', model_run_id: 'f1', state: 'completed' },
    { event: 'ml.trial.start', model_run_id: 'f1', trial_id: 'b' },
    // The last ones of their partitions.
    ...['f1', 'f2'].flatMap((run) => [
      point(run, 'b', 1_000),
      { event: 'ml.trial.complete', model_run_id: run, trial_id: 'b' },
    ]),
  ]);
  const isLast = ({ event, model_run_id }: { event: string; model_run_id: string }) =>
    event === 'ml.trial.complete' && model_run_id === 'f1';
  for (const follower of [byTrial, byMetric, byRun]) {
    await follower.until(() => follower.events().some(isLast) && follower.steps().includes(1_000));
  }
  // Records of other partitions than those of the last ones may arrive after them.
  await byRun.until(() => byRun.steps().length === 5);
  await byTrial.until(() => byTrial.events().length === 3 && byTrial.steps().length === 2);
  await events.until(() => events.events().length === 4);
  expect(byRun.steps().sort()).toEqual([1, 1_000, 1_000, 2, 3]);
  expect(byTrial.steps().sort()).toEqual([1_000, 2]);
  expect(
    byTrial
      .events()
      .map(({ event, trial_id }) => `${event} ${trial_id}`)
      .sort(),
  ).toEqual(['ml.run.stop null', 'ml.trial.complete b', 'ml.trial.start b']);
  expect(byMetric.points().map((text) => text.split(' ')[1])).toEqual(['acc', 'acc']);
  expect(events.steps()).toEqual([]);
  expect(events.events()).toHaveLength(4);
});

test('continues from the id of a frame without a hole or a repetition', async () => {
  const first = start(serving.url, 'model_run_id=resume');
  await first.until(() => first.has('hello'));
  await post(serving.url, [metricEvent(1, { model_run_id: 'resume' })]);
  await first.until(() => first.steps().length === 1);
  const position = first.position();
  await first.stop();
  await post(
    serving.url,
    [2, 3].map((step) => metricEvent(step, { model_run_id: 'resume' })),
  );
  const byHeader = start(serving.url, 'model_run_id=resume', position);
  const byQuery = start(serving.url, `model_run_id=resume&last_event_id=${position}`);
  for (const follower of [byHeader, byQuery]) {
    await follower.until(() => follower.steps().length >= 2);
    await post(serving.url, [
      metricEvent(4, { model_run_id: 'resume', event_id: 'e0000000-0000-4000-8000-000000000004' }),
    ]);
  }
  await byHeader.until(() => byHeader.steps().includes(4));
  expect(byHeader.steps().filter((step) => step !== 4)).toEqual([2, 3]);
  expect(byHeader.frames[0]).toMatchObject({ name: 'hello', data: { resumed: true } });
  expect(byQuery.steps().filter((step) => step !== 4)).toEqual([2, 3]);
});

test('resets a client whose position it cannot continue', async () => {
  const known = start(serving.url);
  await known.until(() => known.has('hello'));
  const position = known.position();
  const fingerprint = position.slice(-8);
  const ahead = `v1.${Buffer.from(Array.from({ length: 18 }, () => [0xff, 0xff, 0x7f]).flat()).toString('base64url')}.${fingerprint}`;
  const cases = [
    ['rubbish', 'malformed'],
    [position.replace(fingerprint, '00000000'), 'topics_changed'],
    [ahead, 'unknown_position'],
  ] as const;
  for (const [given, reason] of cases) {
    const follower = start(serving.url, '', given);
    await follower.until(() => follower.has('reset'));
    expect(follower.frames.find(({ name }) => name === 'reset')).toMatchObject({ data: { reason } });
  }
});

test('is answered as proxies need it, and leaves no consumer group', async () => {
  const aborting = new AbortController();
  const response = await fetch(`${serving.url}/api/live`, {
    signal: aborting.signal,
    headers: { 'accept-encoding': 'gzip' },
  });
  expect(Object.fromEntries(response.headers)).toMatchObject({
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store, no-transform',
    'x-accel-buffering': 'no',
  });
  expect(response.headers.get('content-encoding')).toBeNull();
  aborting.abort();
  const head = await fetch(`${serving.url}/api/live`, { method: 'HEAD' });
  expect([head.status, await head.text()]).toEqual([200, '']);
  const { groups } = await world.admin.listGroups();
  const mine = groups.map(({ groupId }) => groupId).filter((id) => id.startsWith(world.topicPrefix));
  expect(mine.filter((id) => !id.includes('router'))).toEqual([]);
});

test.each([
  'hz=3',
  'hz=',
  'points=maybe',
  'model_run_id=',
  'run=1',
  'last_event_id=a&last_event_id=b',
  `metric=${'m'.repeat(300)}`,
])('refuses the query %s', async (query) => {
  const response = await fetch(`${serving.url}/api/live?${query}`);
  expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([400, 'malformed_request']);
});

test('says goodbye when the process stops', async () => {
  const other = await serveFeed(world);
  const follower = start(other.url, 'model_run_id=bye');
  await follower.until(() => follower.has('hello'));
  await other.stop();
  await follower.until(() => follower.has('bye'));
  expect(names(follower)).toContain('bye');
  expect(follower.frames.find(({ name }) => name === 'bye')).toMatchObject({ data: { reason: 'stopping' } });
});
