import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Serving } from '../../src/serve.ts';
import { createKafkaWorld } from '../kafka/kafka-world.ts';
import { metricEvent, post, serveFeed } from '../live/live-world.ts';
import { type RunningCommand, startThunderline } from '../support/thunderline.ts';
import { until } from '../support/until.ts';

const world = await createKafkaWorld();
const folder = mkdtempSync(join(tmpdir(), 'thunderline-tail-'));
const file = join(folder, 'position');
/** A command starts slowly on a busy machine. */
const START_MS = 180_000;
let serving: Serving;
beforeAll(async () => {
  serving = await serveFeed(world);
});
afterAll(async () => {
  await serving.stop();
  await world.close();
  rmSync(folder, { recursive: true });
});

/** Runs the command until its output satisfies a condition, and returns the output. */
async function tailUntil(args: readonly string[], holds: (out: string) => boolean, meanwhile: () => Promise<void>) {
  const command = startThunderline(world.environment, ['tail', '--url', serving.url, ...args]);
  let out = '';
  command.child.stdout?.on('data', (text: string) => {
    out += text;
  });
  await until('the output of tail', START_MS, async () => {
    await meanwhile();
    return holds(out);
  });
  command.child.kill('SIGINT');
  return command.ended;
}

test('prints points and events, keeps its position, and continues from it', async () => {
  let step = 0;
  const first = await tailUntil(
    ['--run', 'tailed', '--position', file],
    (out) => (out.match(/step \d+ .*\n/g)?.length ?? 0) >= 3,
    async () => {
      step += 1;
      await post(serving.url, [
        metricEvent(step, { model_run_id: 'tailed', measurements: { loss: 0.5, acc: 'NaN' } }),
      ]).catch(() => undefined);
    },
  );
  expect(first.code).toBe(0);
  const seen = [...first.out.matchAll(/step (\d+)/g)].map(([, text]) => Number(text));
  expect(first.out).toMatch(/^\d\d:\d\d:\d\d\.\d{3} {2}tailed\/trial {2}step \d+ {2}loss 0\.5 {2}acc NaN$/m);
  expect(readFileSync(file, 'utf8')).toMatch(/^v1\./);

  await post(serving.url, [
    metricEvent(1_000_000, { model_run_id: 'tailed' }),
    { event: 'ml.trial.complete', model_run_id: 'tailed', trial_id: 'trial', metrics: { loss: 1 } },
  ]);
  const second = await tailUntil(
    ['--run', 'tailed', '--position', file, '--json'],
    (out) => out.includes('1000000') && out.includes('ml.trial.complete'),
    async () => undefined,
  );
  const objects = second.out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { event: string; step?: number; values?: object });
  const steps = objects.flatMap((object) => (object.step === undefined ? [] : [object.step]));
  expect(steps.filter((one) => seen.includes(one))).toEqual([]);
  expect([...seen, ...steps].sort((a, b) => a - b)).toEqual([
    ...Array.from({ length: step - (seen[0] ?? 0) + 1 }, (_, index) => (seen[0] ?? 0) + index),
    1_000_000,
  ]);
  expect(objects.find(({ event }) => event === 'ml.trial.complete')).toMatchObject({ metrics: { loss: 1 } });
}, 300_000);

test(
  'ends with a sentence when the server refuses the request',
  async () => {
    const refused: RunningCommand = startThunderline(world.environment, ['tail', '--url', serving.url, '--hz', '3']);
    const { code, err } = await refused.ended;
    expect(code).toBe(1);
    expect(err).toContain('the parameter hz must be one of');
  },
  START_MS,
);
