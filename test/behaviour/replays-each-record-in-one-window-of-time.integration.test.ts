import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { MlEvent } from '../../src/events/event.ts';
import { eventRecord } from '../../src/producers/event-producer.ts';
import { isWithin } from '../../src/replay/within-window.ts';
import { accept } from '../events/receive.ts';
import { createReplayWorld } from '../replay/replay-world.ts';

const world = await createReplayWorld();
const TRACE = { traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' };
const MIDNIGHT = Date.UTC(2026, 9, 2);
const DAY_MS = 86_400_000;

/** In the order of their offsets: around a time, around midnights, days late, at the same millisecond. */
const TIMES = [
  ...[0, 100, -100, 50, -50, 1, -1],
  ...[DAY_MS, -DAY_MS, DAY_MS - 1, 2 * DAY_MS, -3 * DAY_MS, 0, 0, 40 * DAY_MS, -1, -40 * DAY_MS, 2 * DAY_MS + 7],
].map((offset) => MIDNIGHT + offset);

/** Partitions that the records are written to, each in the order of `TIMES`. */
const TRIALS = ['a', 'b', 'c'];

beforeAll(async () => {
  const topic = `${world.topicPrefix}ml.events`;
  const event = (trial_id: string, step: number): MlEvent =>
    accept('ml.run.metric', { model_run_id: 'r', trial_id, step, measurements: { loss: 1 } });
  const producer = world.kafka.producer();
  await producer.connect();
  try {
    for (const [partition, trial] of TRIALS.entries()) {
      for (const [step, timestamp] of TIMES.entries()) {
        const { key, value } = eventRecord(world.codec, topic, event(trial, step), TRACE);
        await producer.send({ topic, messages: [{ key, value, partition, timestamp: String(timestamp) }] });
      }
    }
  } finally {
    await producer.disconnect();
  }
  await world.settle();
});
afterAll(() => world.close());

/** Windows that follow each other, cut at times at which something happened and between them. */
const windows = fc
  .array(
    fc.tuple(fc.constantFrom(...TIMES), fc.integer({ min: -2, max: 2 })).map(([time, offset]) => time + offset),
    { minLength: 1, maxLength: 3 },
  )
  .map((cuts) => {
    const bounds = [undefined, ...cuts.toSorted((a, b) => a - b), undefined];
    return bounds.slice(1).map((until, index) => ({ since: bounds[index], until }));
  });

describe.each([
  ['the topics', {}, 4],
  ['the archive', { archive: world.archive }, 25],
])('a replay from %s', (_, source, numRuns) => {
  test('reads in each window the records whose timestamps are within it, and no record in two', async () => {
    await fc.assert(
      fc.asyncProperty(windows, async (list) => {
        for (const window of list) {
          const { tally } = await world.replay({ ...source, ...window, dryRun: true });
          const expected = TIMES.filter((time) => isWithin(time, window)).length * TRIALS.length;
          expect({ window, records: tally.taken.get('ml.run.metric') ?? 0 }).toEqual({ window, records: expected });
        }
      }),
      {
        numRuns,
        examples: [
          [
            [
              { since: undefined, until: MIDNIGHT },
              { since: MIDNIGHT, until: undefined },
            ],
          ],
        ],
      },
    );
  });
});
