import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readContainer } from '../../../src/avro/container.ts';
import type { FetchedRecord } from '../../../src/record.ts';
import { ARCHIVED_RECORD, type ArchivedRecord } from '../../../src/sinks/archive/archived-record.ts';
import { mayHold, parseKey } from '../../../src/sinks/archive/object-name.ts';
import { type Fault, type Life, ScriptedWorld } from './scripted.ts';

const NOON = Date.UTC(2026, 10, 20, 12);
const HOUR_MS = 3_600_000;

/** Timestamps rise over two midnights, but not evenly and not always; now and then one is days off. */
const stepMs = fc.oneof(
  { weight: 15, arbitrary: fc.integer({ min: -HOUR_MS, max: 3 * HOUR_MS }) },
  { weight: 1, arbitrary: fc.integer({ min: -96 * HOUR_MS, max: 96 * HOUR_MS }) },
);

const records = fc
  .array(fc.record({ stepMs, value: fc.uint8Array({ maxLength: 60 }) }), {
    minLength: 1,
    maxLength: 60,
  })
  .map((steps) => {
    let timestamp = NOON;
    return steps.map(({ stepMs, value }, index): FetchedRecord => {
      timestamp += stepMs;
      const where = { topic: 'ml.events', partition: 3, offset: String(index), timestamp };
      return { ...where, key: null, value: Buffer.from(value), headers: {} };
    });
  });

const fault = fc.option(fc.constantFrom<Fault>('fails', 'works but fails', 'dies before', 'dies after', 'freezes'), {
  nil: undefined,
  freq: 2,
});

const life = fc.record<Life>({
  objectBytes: fc.integer({ min: 100, max: 3_000 }),
  objectAgeMs: fc.integer({ min: 1, max: 50 }),
  bufferBytes: fc.integer({ min: 100, max: 10_000 }),
  batches: fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 5 }),
  pausesMs: fc.array(fc.integer({ min: 0, max: 30 }), { minLength: 1, maxLength: 5 }),
  faults: fc.array(fault, { maxLength: 12 }),
  offsets: fc.oneof(
    { weight: 8, arbitrary: fc.constant('kept' as const) },
    { weight: 1, arbitrary: fc.constant('lost' as const) },
    { weight: 1, arbitrary: fc.record({ backTo: fc.integer({ min: 0, max: 59 }) }) },
  ),
});

const LAST_LIFE: Life = {
  objectBytes: 700,
  objectAgeMs: 10,
  bufferBytes: 100_000,
  batches: [7],
  pausesMs: [1],
  faults: [],
  offsets: 'kept',
};

interface Archived {
  readonly topicId: string | null;
  readonly offset: number;
  readonly timestamp: number;
  readonly value: string | undefined;
}

/** Every row in the bucket, in the order of offsets. Checks that each object holds what its key states. */
async function readAll(world: ScriptedWorld): Promise<Archived[]> {
  const rows: ArchivedRecord[] = [];
  for (const [key, body] of world.objects) {
    const held: ArchivedRecord[] = [];
    for await (const block of readContainer<ArchivedRecord>(body, ARCHIVED_RECORD)) held.push(...block);
    const name = parseKey(key);
    expect({
      first: BigInt(held[0]?.offset ?? -1),
      last: BigInt(held.at(-1)?.offset ?? -1),
      topicIds: [...new Set(held.map(({ topic_id }) => topic_id))],
    }).toEqual({ first: name?.first, last: name?.last, topicIds: [name?.topicId ?? null] });
    for (const { timestamp } of held) {
      expect(name !== undefined && mayHold(name, timestamp, timestamp + 1)).toBe(true);
    }
    rows.push(...held);
  }
  return rows
    .map((row) => ({ ...row, topicId: row.topic_id, value: row.value?.toString('hex') }))
    .map(({ topicId, offset, timestamp, value }) => ({ topicId, offset, timestamp, value }))
    .sort((a, b) => a.offset - b.offset);
}

const contentOf = (log: readonly FetchedRecord[]) =>
  log.map(({ offset, timestamp, value }) => ({ offset: Number(offset), timestamp, value: value?.toString('hex') }));

const withoutId = (rows: readonly Archived[]) =>
  rows.map(({ offset, timestamp, value }) => ({ offset, timestamp, value }));

async function finish(world: ScriptedWorld, lives: readonly Life[]): Promise<void> {
  for (const each of lives) await world.live(each);
  await world.live(LAST_LIFE);
  await world.thaw();
}

const lives = fc.array(life, { maxLength: 5 });
const PARAMETERS = { numRuns: Number(process.env.RUNS ?? 150) };
const TIMEOUT_MS = Number(process.env.RUNS ?? 0) * 50 + 60_000;
const [ONE_ID, OTHER_ID] = ['XQn8FDH1Tge5XnqDmLuv1g', '3C67JpWrS3i4fstJZYN4zg'];

test(
  'the archive holds each offset in exactly one object after failures, deaths, freezes and lost offsets',
  async () => {
    await fc.assert(
      fc.asyncProperty(records, lives, fc.constantFrom(ONE_ID, undefined), async (log, before, topicId) => {
        const world = new ScriptedWorld(log, topicId);
        await finish(world, before);
        expect(withoutId(await readAll(world))).toEqual(contentOf(log));
        expect(world.changed).toEqual([]);
      }),
      PARAMETERS,
    );
  },
  TIMEOUT_MS,
);

test(
  'an archive that was started without topic ids is continued with them',
  async () => {
    await fc.assert(
      fc.asyncProperty(records, lives, lives, async (log, before, after) => {
        const world = new ScriptedWorld(log, undefined);
        for (const each of before) await world.live(each);
        await world.identify(ONE_ID);
        await finish(world, after);
        expect(withoutId(await readAll(world))).toEqual(contentOf(log));
      }),
      PARAMETERS,
    );
  },
  TIMEOUT_MS,
);

test(
  'a topic that is created again is archived whole, beside what was archived of the deleted one',
  async () => {
    const cases = fc.tuple(records, lives, records, lives, fc.constantFrom(ONE_ID, undefined));
    await fc.assert(
      fc.asyncProperty(cases, async ([deleted, before, again, after, firstId]) => {
        const world = new ScriptedWorld(deleted, firstId);
        for (const each of before) await world.live(each);
        const created = again.map((record) => ({ ...record, value: Buffer.from(`again ${record.offset}`) }));
        world.recreate(created, OTHER_ID);
        await finish(world, after);
        const rows = await readAll(world);
        expect(withoutId(rows.filter(({ topicId }) => topicId === OTHER_ID))).toEqual(contentOf(created));
        const older = rows.filter(({ topicId }) => topicId !== OTHER_ID);
        const archivedOnce = older.map(({ offset }) => contentOf(deleted)[offset]);
        expect(withoutId(older)).toEqual(archivedOnce);
        expect(new Set(older.map(({ offset }) => offset)).size).toBe(older.length);
        expect(world.changed).toEqual([]);
      }),
      PARAMETERS,
    );
  },
  TIMEOUT_MS,
);

test('a topic that is created again on a broker without topic ids waits where it would replace an object', async () => {
  const record = (value: string): FetchedRecord => ({
    topic: 'ml.events',
    partition: 3,
    offset: '0',
    timestamp: NOON,
    key: null,
    headers: {},
    value: Buffer.from(value),
  });
  const world = new ScriptedWorld([record('old')], undefined);
  await finish(world, []);
  world.recreate([record('new')], undefined);
  await expect(world.tryOnce(LAST_LIFE)).rejects.toThrow(/0-0\.avro holds other records.*ARCHIVE_PREFIX/s);
  expect(withoutId(await readAll(world))).toEqual(contentOf([record('old')]));
});
