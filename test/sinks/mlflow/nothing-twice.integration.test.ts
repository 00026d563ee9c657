import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, describe, expect, test } from '@jest/globals';
import { BUDGET_POLICY } from '../../../src/mlflow/call-budget.ts';
import { createAdvisoryLocks } from '../../../src/store/advisory-locks.ts';
import { eventually } from '../../support/eventually.ts';
import { completed, delivered, metric, started } from './events.ts';
import { type HttpProxy, PASS, startHttpProxy } from './http-proxy.ts';
import { createMirrorWorld } from './mirror-world.ts';

const world = await createMirrorWorld();
const proxies: HttpProxy[] = [];
afterAll(() => world.close());
afterEach(async () => {
  for (const proxy of proxies.splice(0)) await proxy.close();
});

async function proxy(): Promise<HttpProxy> {
  const started = await startHttpProxy(world.mlflowUrl);
  proxies.push(started);
  return started;
}

const trialOf = (run: string, trial = 't') => ({ model_run_id: run, trial_id: trial });
const steps = (run: string, count: number, trial = 't') =>
  Array.from({ length: count }, (_, step) => metric(trialOf(run, trial), step));

/** Takes every place for a call to the MLflow at `url`, as slow calls of other processes do. */
async function holdBudget(url: string): Promise<() => Promise<void>> {
  const locks = createAdvisoryLocks(world.databaseUrl, 'other calls');
  for (let place = 0; place < BUDGET_POLICY.places; place += 1) {
    await eventually(async () => (await locks.tryLock(`mlflow ${url} place ${place}`)) !== undefined);
  }
  return () => locks.close();
}

test('points that MLflow has acknowledged are not sent again', async () => {
  const run = world.runId('again');
  const { url, seen } = await proxy();
  const { sink, count } = await world.openSink({ url });
  const batch = delivered(steps(run, 20));
  await sink.write(...batch);
  const before = await world.runs(run);
  const writes = () => seen.filter(({ method }) => method !== 'GET').length;
  const calls = writes();
  await sink.write(...batch);
  expect(writes()).toBe(calls);
  expect(await count('mlflowRecords', { result: 'skipped' })).toBe(20);
  expect(await world.runs(run)).toEqual(before);
});

test('an overlapping batch of another process sends only the points that are new', async () => {
  const run = world.runId('overlap');
  const [one, other] = [await world.openSink(), await world.openSink()];
  await one.sink.write(...delivered(steps(run, 20).slice(0, 12)));
  await other.sink.write(...delivered(steps(run, 20).slice(5), 5));
  expect(await other.count('mlflowRecords', { result: 'skipped' })).toBe(7);
  const [found] = await world.runs(run);
  expect(found?.points.get('loss')?.map(({ step }) => step)).toEqual(Array.from({ length: 20 }, (_, step) => step));
});

test('records of a topic that was created again are not taken for those that were written', async () => {
  const run = world.runId('recreated-topic');
  const { sink } = await world.openSink();
  const all = steps(run, 10);
  await sink.write(...delivered(all.slice(0, 5)));
  const [records, place] = delivered(all.slice(5));
  await sink.write(records, { ...place, topicId: 'created again' });
  expect((await world.runs(run))[0]?.points.get('loss')).toHaveLength(10);
});

test('records before the ones that a moved position started with are written when they are read', async () => {
  const run = world.runId('moved');
  const { sink } = await world.openSink();
  const all = steps(run, 10);
  await sink.write(...delivered(all.slice(6), 6));
  await sink.write(...delivered(all));
  expect((await world.runs(run))[0]?.points.get('loss')).toHaveLength(10);
});

test('records without a place in their partition are sent again, and each point is stored once', async () => {
  const run = world.runId('replayed');
  const { sink, count } = await world.openSink();
  const [records, place] = delivered([started(trialOf(run)), ...steps(run, 10), completed(trialOf(run))]);
  await sink.write(records, place);
  const before = await world.runs(run);
  await sink.write(records);
  expect(await count('mlflowRecords', { result: 'written' })).toBe(20);
  expect(await world.runs(run)).toEqual(before);
});

test('two mirrors that write the same trials at the same time create one run for each', async () => {
  const run = world.runId('two-mirrors');
  const sinks = await Promise.all([world.openSink(), world.openSink()]);
  const trials = ['a', 'b', 'c', 'd', 'e'];
  const events = trials.flatMap((trial) => [started(trialOf(run, trial)), ...steps(run, 3, trial)]);
  const [records, place] = delivered(events);
  const write = async ({ sink }: (typeof sinks)[number]): Promise<void> => {
    // The loser of a race finds the link changed, and its batch is written again.
    await eventually(async () => (await sink.write(records, place)).length === 0);
  };
  await Promise.all(sinks.map(write));
  const found = await world.runs(run);
  expect(found.map(({ name }) => name)).toEqual(trials);
  expect(found.map(({ points }) => points.get('loss')?.length)).toEqual(trials.map(() => 3));
});

describe('a call without an answer', () => {
  test('to create a run is followed by a search, which finds the run', async () => {
    const run = world.runId('lost-answer');
    const { url, seen, treat } = await proxy();
    const { sink, count } = await world.openSink({ url });
    treat(({ call }) => (call === 'runs/create' ? { kind: 'lose answer' } : PASS));
    const batch = delivered(steps(run, 3));
    await expect(sink.write(...batch)).rejects.toThrow(/MLflow/);
    treat(() => PASS);
    await eventually(async () => (await sink.write(...batch).catch(() => [undefined])).length === 0);
    expect(seen.filter(({ call }) => call === 'runs/create')).toHaveLength(1);
    expect(await count('mlflowRuns', { result: 'recovered' })).toBe(1);
    const found = await world.runs(run, 'ALL');
    expect(found.map(({ points }) => points.get('loss')?.length)).toEqual([3]);
  });

  test('to create a run that never arrived is repeated once it cannot arrive any more', async () => {
    const run = world.runId('lost-call');
    const { url, treat } = await proxy();
    const { sink } = await world.openSink({ url, timeoutMs: 8_000 });
    treat(({ call }) => (call === 'runs/create' ? { kind: 'lose request' } : PASS));
    const batch = delivered(steps(run, 3));
    await expect(sink.write(...batch)).rejects.toThrow(/MLflow/);
    treat(() => PASS);
    const errors = new Set<string>();
    await eventually(async () => {
      const rejected = await sink.write(...batch).catch((error: Error) => void errors.add(error.name));
      return rejected !== undefined;
    });
    expect([...errors]).toContain('CreationUnsettled');
    expect(await world.runs(run, 'ALL')).toHaveLength(1);
  });

  test('that waited long for the budget is not taken for one that has timed out', async () => {
    const run = world.runId('slow-budget');
    const { url, treat } = await proxy();
    // The second process must have met the call before it may have timed out.
    const timeoutMs = 10_000;
    const { sink } = await world.openSink({ url, timeoutMs });
    // The experiment exists, so that the creation of the run is the next call.
    await sink.write(...delivered([started(trialOf(run, 'first'))]));
    const [arrived, answered] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    treat(async ({ call }) => {
      if (call !== 'runs/create') return PASS;
      arrived.resolve();
      await answered.promise;
      return PASS;
    });
    const release = await holdBudget(url);
    const batch = delivered([started(trialOf(run))], 1);
    const writing = sink.write(...batch);
    writing.catch(() => undefined);
    await sleep(timeoutMs + 500);
    await release();
    await arrived.promise;
    // Another process becomes the owner while the call is in progress, as after a lost connection.
    await world.database.query(`
      select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and application_name = 'thunderline mlflow mirror'`);
    const other = await world.openSink({ timeoutMs });
    await expect(other.sink.write(...batch)).rejects.toThrow(/may still be in progress/);
    answered.resolve();
    await writing.catch(() => undefined);
    await eventually(async () => (await other.sink.write(...batch).catch(() => [undefined])).length === 0);
    expect((await world.runs(run, 'ALL')).map(({ name }) => name)).toEqual(['first', 't']);
  });

  test('to log points is repeated, and each point is stored once', async () => {
    const run = world.runId('lost-points');
    const { url, seen, treat } = await proxy();
    const { sink } = await world.openSink({ url });
    const all = steps(run, 2_500);
    let calls = 0;
    treat(({ call }) => {
      if (call !== 'runs/log-batch') return PASS;
      calls += 1;
      return calls === 2 ? { kind: 'lose answer' } : PASS;
    });
    const batch = delivered(all);
    await expect(sink.write(...batch)).rejects.toThrow(/MLflow/);
    await eventually(async () => (await sink.write(...batch).catch(() => [undefined])).length === 0);
    expect((await world.runs(run))[0]?.points.get('loss')).toHaveLength(2_500);
    // The first chunk was acknowledged; the second one is sent again as it was.
    const sent = seen.filter(({ call }) => call === 'runs/log-batch').map(({ body }) => body);
    expect(sent.map((body) => (JSON.parse(body.toString()) as { metrics: unknown[] }).metrics.length)).toEqual([
      1_000, 1_000, 1_000, 500,
    ]);
    expect(sent[2]?.equals(sent[1] ?? Buffer.alloc(0))).toBe(true);
  });
});

describe('links that are lost', () => {
  test.each(['truncate mlflow_links', 'delete from mlflow_links', 'truncate mlflow_links, mlflow_experiments'])(
    'by "%s" are found in MLflow again',
    async (statement) => {
      const run = world.runId(`lost-links-${statement.length}`);
      const { sink } = await world.openSink();
      await sink.write(...delivered([started(trialOf(run)), ...steps(run, 3)]));
      await world.database.query(statement);
      const other = await world.openSink();
      await other.sink.write(...delivered([...steps(run, 5), completed(trialOf(run)), started(trialOf(run, 'later'))]));
      const found = await world.runs(run, 'ALL');
      expect(found.map(({ name }) => name)).toEqual(['later', 't']);
      expect(found.map(({ points }) => points.get('loss')?.length)).toEqual([undefined, 5]);
      expect(found[1]).toMatchObject({ status: 'FINISHED' });
    },
  );
});
