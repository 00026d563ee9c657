import pg from 'pg';
import { loadConfig } from '../src/config.ts';
import type { MlEvent } from '../src/events/event.ts';
import { enrich } from '../src/processors/enrich.ts';
import { migrate } from '../src/store/migrate.ts';
import { type FleetShape, fleetEvents } from './fleet.ts';
import { withDatabase } from './place.ts';
import { fillTable } from './scale/full-table.ts';
import { measureFromMemory } from './sink-from-memory.ts';
import { mean } from './statistics.ts';
import { type Figure, format } from './table.ts';

const POINTS = Number(process.env.BENCH_POINTS ?? 100_000_000);
const SHAPE: FleetShape = { trials: 120, steps: 4_000 };
const ROUNDS = 3;
const LEAST_SHARE = 0.9;
const NAMES = 2;

/** Metric events of trials that are new in each round. */
function* eventsOf(run: string): Generator<MlEvent> {
  for (const event of fleetEvents(SHAPE)) {
    if (event.event === 'ml.run.metric') yield enrich({ ...event, model_run_id: run });
  }
}

/** The rate of the sink in points/s. Throws where a point is missing. */
async function insert(databaseUrl: string, run: string): Promise<number> {
  const { postgres, consumer } = loadConfig();
  const settings = { databaseUrl, poolSize: postgres.poolSize, concurrency: consumer.concurrency };
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query('checkpoint');
    const perSecond = (await measureFromMemory(settings, eventsOf(run))) * NAMES;
    const { rows } = await client.query<{ points: number }>(
      `select count(*)::int as points from metric_trials join trial_metrics using (trial_key) where model_run_id = $1`,
      [run],
    );
    const expected = SHAPE.trials * SHAPE.steps * NAMES;
    if (rows[0]?.points !== expected) throw new Error(`${rows[0]?.points} points of ${expected} are stored`);
    return perSecond;
  } finally {
    await client.end();
  }
}

/** The sink on a table of many points, in one partition with the new ones, compared with an empty one, in turn. */
export async function run(): Promise<readonly Figure[]> {
  return withDatabase(async (databaseUrl) => {
    await migrate(databaseUrl);
    const startedAt = performance.now();
    const points = await fillTable(databaseUrl, POINTS);
    console.log(`${format(points)} points are stored, after ${format((performance.now() - startedAt) / 1_000)} s`);
    const rates = { empty: [] as number[], full: [] as number[] };
    for (let round = 0; round < ROUNDS; round += 1) {
      rates.empty.push(await withDatabase((empty) => insert(empty, `round-${round}`)));
      rates.full.push(await insert(databaseUrl, `round-${round}`));
      console.log(
        `empty: ${format(rates.empty[round] ?? 0)} points/s, full: ${format(rates.full[round] ?? 0)} points/s`,
      );
    }
    const [full, empty] = [mean(rates.full), mean(rates.empty)];
    return [
      {
        work: `points into a table of ${format(points)} points`,
        measured: `${format(full)} points/s, ${format(full / empty, 2)} x the ${format(empty)} into an empty table`,
        toReach: `at least ${LEAST_SHARE} x`,
        met: full >= LEAST_SHARE * empty,
      },
    ];
  });
}
