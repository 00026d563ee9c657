import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { TrialCommand } from '../../src/avro/records.ts';
import type { MlEvent } from '../../src/events/event.ts';
import type { Sink } from '../../src/runtime/sink.ts';
import { crowdedEventArbitrary, enrichedEventArbitrary } from '../arbitraries/events.ts';
import { commandArbitrary } from '../arbitraries/records.ts';
import { openSink } from '../sinks/postgres/open-sink.ts';
import { recordOf } from '../sinks/postgres/records.ts';
import { Tables } from '../sinks/postgres/tables.ts';
import { createWorld } from '../support/world.ts';

const world = await createWorld();
const tables = new Tables(world.databaseUrl);
let sinks: readonly Sink[];

beforeAll(async () => {
  sinks = [await openSink(world.databaseUrl), await openSink(world.databaseUrl)];
  await tables.open();
});
afterAll(async () => {
  await tables.close();
  for (const sink of sinks) await sink.close();
  await world.close();
});

/** Where `trial_final_metrics` and the metrics of the trials differ. */
const MISKEPT_FINAL_METRICS = `
  with told as (
    select m.key as name, t.model_run_id, t.trial_id, t.spectral_norm, m.value::float8 as value
    from cerebros_model_trials t cross join lateral jsonb_each_text(t.metrics) m
  )
  (table told except table trial_final_metrics) union all (table trial_final_metrics except table told)`;

type Told = MlEvent | TrialCommand;

/** Commands about the same few subjects, at the same few times, as the events. */
const crowdedCommand = fc
  .tuple(commandArbitrary, fc.constantFrom('run-a', 'run-b'), fc.constantFrom('trial-1', 'trial-2', null), fc.nat(3))
  .map(([command, model_run_id, trial_id, later]) => ({
    ...command,
    model_run_id,
    trial_id,
    requested_at: 1_760_000_000_000 + later,
  }));

const told: fc.Arbitrary<Told> = fc.oneof(
  { weight: 8, arbitrary: crowdedEventArbitrary },
  { weight: 1, arbitrary: enrichedEventArbitrary },
  { weight: 2, arbitrary: crowdedCommand },
);

/** A delivery of a set: some of it more than once, in any order, cut into batches, by one of two processes each. */
interface Delivery {
  readonly batches: readonly { readonly told: readonly Told[]; readonly sink: number }[];
  /** Whether the batches are written at the same time, as those of several partitions are. */
  readonly atOnce: boolean;
}

const deliveryOf = (set: readonly Told[]): fc.Arbitrary<Delivery> =>
  fc
    .record({
      repeats: fc.array(fc.constantFrom(...set), { maxLength: set.length }),
      seed: fc.array(fc.nat(), { minLength: set.length * 2, maxLength: set.length * 2 }),
      cuts: fc.array(fc.nat(set.length * 2), { maxLength: 4 }),
      sinks: fc.array(fc.nat(1), { minLength: 5, maxLength: 5 }),
      atOnce: fc.boolean(),
    })
    .map(({ repeats, seed, cuts, sinks: owners, atOnce }) => {
      const shuffled = [...set, ...repeats]
        .map((item, index) => ({ item, order: seed[index] ?? 0 }))
        .sort((a, b) => a.order - b.order)
        .map(({ item }) => item);
      const bounds = [0, ...cuts.toSorted((a, b) => a - b), shuffled.length];
      const batches = bounds.slice(1).map((end, index) => ({
        told: shuffled.slice(bounds[index], end),
        sink: owners[index] ?? 0,
      }));
      return { batches, atOnce };
    });

async function deliver({ batches, atOnce }: Delivery): Promise<void> {
  const write = async ({ told: batch, sink }: Delivery['batches'][number]) => {
    expect(await sinks[sink]?.write(batch.map(recordOf))).toEqual([]);
  };
  if (atOnce) await Promise.all(batches.map(write));
  else for (const batch of batches) await write(batch);
}

test('the tables are the same for any order, repetition, cut and company of the records', async () => {
  const cases = fc
    .array(told, { minLength: 1, maxLength: 30 })
    .chain((set) => fc.tuple(deliveryOf(set), deliveryOf(set)));
  await fc.assert(
    fc.asyncProperty(cases, async ([one, other]) => {
      await tables.empty();
      await deliver(one);
      const content = await tables.content();
      // Delivered again on top of what is there, and then from nothing.
      await deliver(other);
      expect(await tables.content()).toEqual(content);
      await tables.empty();
      await deliver(other);
      expect(await tables.content()).toEqual(content);
      expect(await tables.query(MISKEPT_FINAL_METRICS)).toEqual([]);
    }),
    { numRuns: 100 },
  );
}, 240_000);
