import { inspect } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { ArtifactStored, TrialCommand } from '../../src/avro/records.ts';
import type { MlEvent } from '../../src/events/event.ts';
import { GROUP_NAMES, type Group, type Row, versionOf } from '../../src/events/merge.ts';
import type { Sink } from '../../src/runtime/sink.ts';
import { mergeRecords } from '../../src/sinks/postgres/merge-records.ts';
import { crowdedEventArbitrary, enrichedEventArbitrary } from '../arbitraries/events.ts';
import { commandArbitrary, crowdedArtifactArbitrary } from '../arbitraries/records.ts';
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

/** Where the index of final metrics and the metrics of the trials differ. */
const MISKEPT_FINAL_METRICS = `
  with told as (
    select m.key as name, t.model_run_id, t.trial_id, t.spectral_norm, m.value::float8 as value
    from cerebros_model_trials t cross join lateral jsonb_each_text(t.metrics) m
  )
  (table told except table trial_final_metric_values) union all (table trial_final_metric_values except table told)`;

type Told = MlEvent | TrialCommand | ArtifactStored;

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
  { weight: 2, arbitrary: crowdedArtifactArbitrary },
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

/** The version of every group of the rows of trials. */
const VERSIONS = `
  select model_run_id, trial_id, attempt, points_attempt, ${GROUP_NAMES.map((group) => `${group}_version as ${group}`).join(', ')}
  from cerebros_model_trials`;

/** The law in memory: the same rows and points, from all records at once. */
function mergedInMemory(set: readonly Told[]) {
  const { trials, series } = mergeRecords(set.map((item) => recordOf(item).content));
  const rows = trials.map((row) => ({
    model_run_id: row.model_run_id,
    trial_id: row.trial_id,
    attempt: row.said.outcome?.attempt ?? 0,
    points_attempt: row.points_attempt,
    ...Object.fromEntries(GROUP_NAMES.map((group) => [group, versionIn(row, group)])),
  }));
  const points = series.flatMap(({ model_run_id, trial_id, byName }) =>
    [...byName].flatMap(([name, { events, values }]) =>
      events.map((event, index) => {
        const { step, event_id, attempt } = event;
        return { model_run_id, trial_id, name, step: String(step), event_id, attempt, value: values[index] };
      }),
    ),
  );
  const isLatest = ({ model_run_id, trial_id, attempt }: (typeof points)[number]) =>
    rows
      .filter((row) => row.model_run_id === model_run_id && row.trial_id === trial_id)
      .every((row) => row.points_attempt === 0 || row.attempt === attempt);
  return { rows, points, latest: points.filter(isLatest) };
}

function versionIn({ said }: Row, group: Group): string | null {
  const statement = said[group];
  return statement === undefined ? null : versionOf(statement);
}

/** In one order. -0 and 0 stay apart. */
const inOrder = (rows: readonly object[]): string[] => rows.map((row) => inspect(row)).sort();

test('the tables are the rows and points of the law in memory', async () => {
  const cases = fc
    .array(told, { minLength: 1, maxLength: 30 })
    .chain((set) => fc.tuple(fc.constant(set), deliveryOf(set)));
  await fc.assert(
    fc.asyncProperty(cases, async ([set, delivery]) => {
      await tables.empty();
      await deliver(delivery);
      const { rows, points, latest } = mergedInMemory(set);
      const pointsIn = (view: string) =>
        tables.query(`select model_run_id, trial_id, name, step, event_id, attempt, value from ${view}`);
      expect(inOrder(await tables.query(VERSIONS))).toEqual(inOrder(rows));
      expect(inOrder(await pointsIn('trial_attempt_points'))).toEqual(inOrder(points));
      expect(inOrder(await pointsIn('trial_metric_points'))).toEqual(inOrder(latest));
    }),
    { numRuns: 100 },
  );
}, 240_000);

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
