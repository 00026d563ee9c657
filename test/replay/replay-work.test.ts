import { expect, test } from '@jest/globals';
import { ReplayTally } from '../../src/replay/replay-tally.ts';
import { replayWork } from '../../src/replay/replay-work.ts';
import { recordsOf } from '../runtime/scripted-batch.ts';
import { metric } from '../runtime/work.ts';

test('an event that the router rejects is rejected by a replay too, and not counted as left out', async () => {
  const tally = new ReplayTally();
  const work = replayWork({ sinks: [], run: undefined, rate: undefined }, tally);
  const records = recordsOf(2).map((source, index) => ({
    source: { ...source, topic: 'ml.events' },
    content: { name: 'RunMetric' as const, record: metric(index === 0 ? 1 : -5) },
  }));
  const rejected = await work.handle(records);
  expect(rejected.map(({ record }) => record.offset)).toEqual(['1']);
  expect({ leftOut: tally.leftOut, taken: [...tally.taken.values()] }).toEqual({ leftOut: 0, taken: [1] });
});
