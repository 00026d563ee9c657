import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { MlEvent } from '../../src/events/event.ts';
import type { Sink } from '../../src/runtime/sink.ts';
import { accept } from '../events/receive.ts';
import { openSink } from '../sinks/postgres/open-sink.ts';
import { recordOf } from '../sinks/postgres/records.ts';
import { Tables } from '../sinks/postgres/tables.ts';
import { createWorld } from '../support/world.ts';

const world = await createWorld();
const tables = new Tables(world.databaseUrl);
let sinks: readonly Sink[];

beforeAll(async () => {
  // Three processes that start at the same moment on an empty database.
  sinks = await Promise.all([1, 2, 3].map(() => openSink(world.databaseUrl)));
  await tables.open();
});
afterAll(async () => {
  await tables.close();
  for (const sink of sinks) await sink.close();
  await world.close();
});

const RUNS = 3;
const TRIALS = 40;

/** All that happens to the trials of a few runs, in an order that is different for each writer. */
function story(writer: number): MlEvent[] {
  const events: MlEvent[] = [];
  for (let n = 0; n < RUNS * TRIALS; n += 1) {
    const subject = { model_run_id: `run-${n % RUNS}`, trial_id: `trial-${n}` };
    const at = (second: number, kind: string) => ({
      ...subject,
      timestamp: 1_760_000_000_000 + second * 1_000,
      event_id: `${kind} ${n} ${second}`,
    });
    events.push(accept('ml.trial.start', { ...at(0, 'start'), spectral_norm: n % 2 === 0 }));
    for (let step = 1; step <= 5; step += 1) {
      const measurements = { loss: step / (n + 1), [`metric-${(n + step) % 17}`]: step };
      events.push(
        accept('ml.run.metric', { ...at(step, 'metric'), step, measurements, mlflow_run_id: `m-${n}-${step}` }),
      );
    }
    events.push(
      accept('ml.trial.complete', { ...at(9, 'end'), metrics: { loss: n }, artifact_uri: `s3://models/${n}` }),
    );
  }
  // Multiplying by a number without a common divisor walks through all of them in another order.
  const stride = [1, 11, 13, 17][writer % 4] ?? 1;
  return events.flatMap((_, index) => events.slice((index * stride) % events.length).slice(0, 1));
}

const deadlocks = async () =>
  (
    await tables.query<{ n: number }>(
      'select deadlocks::int as n from pg_stat_database where datname = current_database()',
    )
  )[0]?.n;

test('many writers of the same rows in different orders cause no deadlock and write the same content', async () => {
  const writers = Array.from({ length: 12 }, (_, writer) => ({ writer, sink: sinks[writer % sinks.length] }));
  await Promise.all(
    writers.map(async ({ writer, sink }) => {
      const records = story(writer).map(recordOf);
      const size = 60 + writer * 17;
      for (let from = 0; from < records.length; from += size) {
        expect(await sink?.write(records.slice(from, from + size))).toEqual([]);
      }
    }),
  );
  expect(await deadlocks()).toBe(0);
  const content = await tables.content();
  expect(content.cerebros_model_trials).toHaveLength(RUNS * TRIALS);
  expect(content.trial_metric_points).toHaveLength(RUNS * TRIALS * 5 * 2);
  expect(content.model_artifacts).toHaveLength(RUNS * TRIALS);
  expect(content.model_runs).toHaveLength(RUNS);

  await tables.empty();
  await sinks[0]?.write(story(0).map(recordOf));
  expect(await tables.content()).toEqual(content);
});

test('records that are delivered again neither change nor lock a row', async () => {
  const [sink] = sinks;
  const records = story(0).map(recordOf);
  await sink?.write(records);
  const touched = async () =>
    tables.query(
      `select model_run_id, trial_id, updated_at, xmin::text, xmax::text from cerebros_model_trials order by 1, 2`,
    );
  const before = await touched();
  await sink?.write(records);
  expect(await touched()).toEqual(before);
});
