import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { createLog } from '../src/log.ts';
import { openStore } from '../src/sinks/archive/open-store.ts';
import { migrate } from '../src/store/migrate.ts';
import { createPool } from '../src/store/pool.ts';
import { DEFAULT_TRIALS_PER_PARTITION, setWidth } from '../src/store/tables/metric-partitions.ts';
import { findTiers } from '../src/store/tables/metric-tiers.ts';
import { type Place, withPlace } from './place.ts';
import { type Started, startRoles, startThunderline } from './process.ts';
import { createOldPartitions, type OldPartition } from './scale/old-points.ts';
import { SteadyLoad, type Stretch } from './scale/steady-load.ts';
import { mean, percentile } from './statistics.ts';
import { type Figure, format } from './table.ts';

const POINTS_PER_SECOND = Number(process.env.BENCH_POINTS_PER_SECOND ?? 20_000);
/** Partitions that are moved, one after another, and the steps of their 200 trials. */
const MOVES = Number(process.env.BENCH_MOVES ?? 3);
const STEPS = Number(process.env.BENCH_STEPS ?? 1_250);
const WARM_UP_SECONDS = 15;
/** Without a move, before the first move and after each. */
const QUIET_SECONDS = Number(process.env.BENCH_QUIET_SECONDS ?? 20);
const SLACK = 0.1;
const SETTLE_MS = 60_000;
const POLL_MS = 500;
const RUN = 'steady';
const ROLES = ['gateway', 'router', 'postgres'] as const;

/** Runs `thunderline retention --apply`. Throws where the partition did not move. */
async function move(place: Place, pool: pg.Pool, partition: OldPartition): Promise<void> {
  const args = ['retention', '--apply', '--raw-days', String(partition.rawDays)];
  const command = startThunderline(place, args, { ARCHIVE_PREFIX: partition.archivePrefix });
  try {
    const end = await command.exited;
    const tier = (await findTiers(pool)).find(({ first }) => first === partition.firstTrialKey);
    if (end === 'exit code 0' && tier?.points === partition.points) return;
    throw new Error(`the move ended with ${end} and ${tier?.points} points\n${command.output()}`);
  } finally {
    await command.stop();
  }
}

interface Phases {
  readonly quiet: Stretch[];
  readonly moving: Stretch[];
}

const at = (stretches: readonly Stretch[], of: 'answers' | 'visible', share: number): number =>
  percentile(
    stretches.flatMap((stretch) => stretch[of]),
    share,
  );

const describe = (stretch: Stretch): string =>
  `${format(stretch.pointsPerSecond)} points/s; ` +
  (['answers', 'visible'] as const)
    .map((of) => `${of} p50 ${format(at([stretch], of, 0.5))} p95 ${format(at([stretch], of, 0.95))} ms`)
    .join(', ');

async function measurePhases(
  place: Place,
  pool: pg.Pool,
  load: SteadyLoad,
  partitions: readonly OldPartition[],
): Promise<Phases> {
  const bounds: { readonly kind: keyof Phases; readonly from: number; readonly until: number }[] = [];
  const phase = async (kind: keyof Phases, work: () => Promise<unknown>): Promise<void> => {
    const from = performance.now();
    await work();
    const until = performance.now();
    bounds.push({ kind, from, until });
    // Posts of the last second may not be visible yet: they are missing in this line, not in the result.
    console.log(`${kind} ${format((until - from) / 1_000, 1)} s: ${describe(load.between(from, until))}`);
  };
  const quiet = () => phase('quiet', () => sleep(QUIET_SECONDS * 1_000));
  await quiet();
  for (const partition of partitions) {
    await phase('moving', () => move(place, pool, partition));
    await quiet();
  }
  await load.stop();
  const of = (wanted: keyof Phases): Stretch[] =>
    bounds.filter(({ kind }) => kind === wanted).map(({ from, until }) => load.between(from, until));
  return { quiet: of('quiet'), moving: of('moving') };
}

async function measure(place: Place): Promise<Phases> {
  const databaseUrl = place.config.postgres.url.reveal();
  await migrate(databaseUrl);
  const log = createLog('warn');
  const pool = createPool({ databaseUrl, poolSize: 4, statementTimeoutMs: 3_600_000, lockTimeoutMs: 60_000 }, log);
  const started: Started[] = [];
  let partitions: readonly OldPartition[] = [];
  try {
    partitions = await createOldPartitions(place, pool, MOVES, STEPS);
    console.log(
      `${format(partitions.reduce((sum, { points }) => sum + points, 0))} old points are stored and archived`,
    );
    await setWidth(pool, DEFAULT_TRIALS_PER_PARTITION);
    await pool.query('vacuum analyze');
    await pool.query('checkpoint');
    let url = '';
    for (const role of ROLES) {
      const own = await startRoles(place, [role]);
      started.push(own);
      if (role === 'gateway') url = own.url;
    }
    const load = new SteadyLoad(url, place.database, RUN, POINTS_PER_SECOND);
    load.start();
    await sleep(WARM_UP_SECONDS * 1_000);
    const phases = await measurePhases(place, pool, load, partitions);
    await untilStored(pool, load.points);
    return phases;
  } finally {
    for (const each of started.reverse()) await each.stop();
    await pool.end();
    await removeObjects(place, partitions);
  }
}

/** Waits for the points of the trials that the reader does not watch. */
async function untilStored(pool: pg.Pool, points: number): Promise<void> {
  const deadline = Date.now() + SETTLE_MS;
  for (;;) {
    const { rows } = await pool.query<{ points: number }>(
      `select count(*)::int as points from metric_trials join trial_metrics using (trial_key) where model_run_id = '${RUN}'`,
    );
    if (rows[0]?.points === points) return;
    if (Date.now() > deadline) throw new Error(`${rows[0]?.points} of ${points} points are stored`);
    await sleep(POLL_MS);
  }
}

async function removeObjects({ config }: Place, partitions: readonly OldPartition[]): Promise<void> {
  const store = openStore(config.s3);
  try {
    for (const { archivePrefix } of partitions) {
      for await (const key of store.list(`${archivePrefix}/`)) await store.remove(key);
    }
  } finally {
    store.close();
  }
}

/** A fleet that posts at a fixed rate while partitions move to the older tiers, compared with the same fleet between the moves. */
export async function run(): Promise<readonly Figure[]> {
  const { quiet, moving } = await withPlace(measure);
  const rates = [moving, quiet].map((stretches) => mean(stretches.map(({ pointsPerSecond }) => pointsPerSecond)));
  const [rate = 0, rateBefore = 0] = rates;
  const work = `${format(POINTS_PER_SECOND)} points/s arrive while partitions move to the older tiers`;
  const latency = (what: string, of: 'answers' | 'visible', share: number): Figure => {
    const [now, before] = [at(moving, of, share), at(quiet, of, share)];
    return {
      work: `${work}: ${what}`,
      measured: `p${share * 100} ${format(now)} ms, ${format(now / before, 2)} x the ${format(before)} ms without`,
      toReach: `at most ${1 + SLACK} x`,
      met: now <= (1 + SLACK) * before,
    };
  };
  return [
    {
      work: `${work}: ingestion`,
      measured: `${format(rate)} points/s, ${format(rate / rateBefore, 2)} x the ${format(rateBefore)} without`,
      toReach: `at least ${1 - SLACK} x`,
      met: rate >= (1 - SLACK) * rateBefore,
    },
    latency('post to row visible', 'visible', 0.5),
    latency('post to row visible', 'visible', 0.95),
  ];
}
