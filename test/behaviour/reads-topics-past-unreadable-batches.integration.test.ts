import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { CompressionTypes, Partitioners } from 'kafkajs';
import { withConnections } from '../../src/connections.ts';
import { createLog } from '../../src/log.ts';
import { readDeadLetters } from '../../src/replay/dead-letters/read-dead-letters.ts';
import { createReplayWorld, told } from '../replay/replay-world.ts';
import { eventually } from '../support/eventually.ts';

const world = await createReplayWorld();
const { topicPrefix } = world;
/** More than the default of KAFKA_MAX_BATCH_BYTES. */
const TOO_LARGE_BYTES = 70 * 1_048_576;

/** Times between the first records, the batch and the other records. */
let before: number;
let after: number;

/** A millisecond after every earlier record and before, or of, every later one. */
async function nextMillisecond(): Promise<number> {
  const next = Date.now() + 1;
  await eventually(() => Date.now() >= next);
  return next;
}

beforeAll(async () => {
  const producer = world.kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
  await producer.connect();
  const messages = [{ key: 'k', value: Buffer.alloc(TOO_LARGE_BYTES), partition: 0 }];
  await world.tell(told().slice(0, 50));
  before = await nextMillisecond();
  for (const topic of ['ml.events', 'ml.deadletters']) {
    await producer.send({ topic: `${topicPrefix}${topic}`, messages, compression: CompressionTypes.GZIP });
  }
  await producer.disconnect();
  after = await nextMillisecond();
  await world.tell(told().slice(50, 100));
});
afterAll(() => world.close());

test('a replay stops at an unreadable batch and names the option that leaves it out', async () => {
  await expect(world.replay({ dryRun: true })).rejects.toThrow(
    /ml\.events\/0: the batch at offset \d+ .* codec gzip\) cannot be read: .* Run the replay with --skip-unreadable/,
  );
});

test('a replay with that option reads every other record and counts the batch as rejected', async () => {
  const { finished, tally } = await world.replay({ dryRun: true, skipUnreadable: true });
  expect(finished).toBe(true);
  expect([...tally.rejected]).toEqual([['unreadable_batch', 1]]);
  expect([...tally.taken.values()].reduce((sum, count) => sum + count, 0)).toBe(100);
});

test.each([
  ['before', () => ({ until: before })],
  ['after', () => ({ since: after })],
])(
  'a replay of a window %s the times of an unreadable batch neither stops at the batch nor counts it',
  async (_, windowOf) => {
    for (const skipUnreadable of [false, true]) {
      const { finished, tally } = await world.replay({ ...windowOf(), dryRun: true, skipUnreadable });
      expect(finished).toBe(true);
      expect([...tally.rejected]).toEqual([]);
      expect([...tally.taken.values()].reduce((sum, count) => sum + count, 0)).toBe(50);
    }
  },
);

test('a replay of a window with the time of an unreadable batch stops at the batch', async () => {
  await expect(world.replay({ since: before, until: after, dryRun: true })).rejects.toThrow('--skip-unreadable');
});

test('dead letters after an unreadable batch are read', async () => {
  const letter = {
    topic: `${topicPrefix}ml.events`,
    partition: 0,
    offset: 1,
    timestamp: 0,
    key: null,
    value: null,
    headers: [],
    stage: 'router',
    reason: 'undecodable',
    message: 'broken',
    failed_at: 0,
    bytes_omitted: false,
    replays: 0,
  };
  const value = world.codec.encode('ml.deadletters', 'DeadLetter', letter);
  // Some key that has the partition of the batch.
  const keys = Array.from({ length: 20 }, (_, index) => `k${index}`);
  await world.send(`${topicPrefix}ml.deadletters`, ...keys.map((key) => ({ key, value })));
  let read = 0;
  const settings = { purpose: 'deadletters', registers: [] } as const;
  await withConnections(world.config, createLog('silent'), settings, (connections) =>
    readDeadLetters(connections, {
      onLetters(letters) {
        read += letters.length;
      },
      onSettled: () => undefined,
    }),
  );
  expect(read).toBe(20);
});
