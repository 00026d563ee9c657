import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readContainer } from '../../../src/avro/container.ts';
import type { FetchedRecord } from '../../../src/record.ts';
import { ARCHIVED_RECORD, type ArchivedRecord } from '../../../src/sinks/archive/archived-record.ts';
import { parseKey } from '../../../src/sinks/archive/object-name.ts';
import { type Fault, type Life, ScriptedWorld } from './scripted.ts';

const NOON = Date.UTC(2026, 10, 20, 12);
const HOUR_MS = 3_600_000;

/** Timestamps rise over two midnights, but not evenly and not always. */
const records = fc
  .array(
    fc.record({ stepMs: fc.integer({ min: -HOUR_MS, max: 3 * HOUR_MS }), value: fc.uint8Array({ maxLength: 60 }) }),
    {
      minLength: 1,
      maxLength: 60,
    },
  )
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
  ...{ objectBytes: 700, objectAgeMs: 10, bufferBytes: 100_000, batches: [7], pausesMs: [1] },
  ...{ faults: [], offsets: 'kept' },
};

/** Every row the bucket holds, in the order of offsets, with the objects they stand in. */
async function readAll(world: ScriptedWorld): Promise<ArchivedRecord[]> {
  const rows: ArchivedRecord[] = [];
  for (const [key, body] of world.objects) {
    const held: ArchivedRecord[] = [];
    for await (const block of readContainer<ArchivedRecord>(body, ARCHIVED_RECORD)) held.push(...block);
    const name = parseKey(key);
    expect({ first: BigInt(held[0]?.offset ?? -1), last: BigInt(held.at(-1)?.offset ?? -1) }).toEqual({
      first: name?.first,
      last: name?.last,
    });
    rows.push(...held);
  }
  return rows.sort((a, b) => a.offset - b.offset);
}

test(
  'each offset stands in exactly one object, whatever fails, dies, freezes or forgets',
  async () => {
    await fc.assert(
      fc.asyncProperty(records, fc.array(life, { maxLength: 5 }), async (log, lives) => {
        const world = new ScriptedWorld(log);
        for (const each of lives) await world.live(each);
        await world.live(LAST_LIFE);
        await world.thaw();
        const rows = await readAll(world);
        expect(rows.map(({ offset }) => offset)).toEqual(log.map((_, index) => index));
        expect(rows.map(({ value, timestamp }) => ({ value, timestamp }))).toEqual(
          log.map(({ value, timestamp }) => ({ value, timestamp })),
        );
        expect(world.changed).toEqual([]);
      }),
      { numRuns: Number(process.env.RUNS ?? 150) },
    );
  },
  Number(process.env.RUNS ?? 0) * 50 + 60_000,
);
