import { afterAll, expect, test } from '@jest/globals';
import { delivered, metric, started } from './events.ts';
import { startHttpProxy } from './http-proxy.ts';
import { createMirrorWorld } from './mirror-world.ts';

const world = await createMirrorWorld();
const proxy = await startHttpProxy(world.mlflowUrl);
afterAll(async () => {
  await proxy.close();
  await world.close();
});

test('a value that every event states again costs MLflow no call until it changes', async () => {
  const run = world.runId('restated');
  const ids = { model_run_id: run, trial_id: 't', mlflow_run_id: 'f'.repeat(32) };
  const { sink } = await world.openSink({ url: proxy.url });
  const method = async () => (await world.runs(run))[0]?.tags.get('constraint_method');
  /** The calls for one more batch. */
  const calls = async (step: number, spectral_norm: boolean): Promise<readonly string[]> => {
    const before = proxy.seen.length;
    expect(await sink.write(...delivered([metric(ids, step, { spectral_norm })], step + 1))).toEqual([]);
    return proxy.seen.slice(before).map(({ call }) => call);
  };
  await sink.write(...delivered([started(ids, { spectral_norm: true })]));
  await calls(0, true);
  for (const step of [1, 2, 3]) {
    // Whether the run and its experiment are still there is looked up now and then.
    expect((await calls(step, true)).filter((call) => !/\/get/.test(call))).toEqual(['runs/log-batch']);
  }
  expect(await method()).toBe('spectral_norm');
  expect(await calls(4, false)).toContain('runs/log-batch');
  expect(await method()).toBe('none');
  await calls(5, true);
  expect(await method()).toBe('spectral_norm');
  // The version is kept although the value is not written again: an earlier statement changes nothing.
  await calls(9, true);
  expect(await sink.write(...delivered([metric(ids, 7, { spectral_norm: false })], 20))).toEqual([]);
  expect(await method()).toBe('spectral_norm');
});
