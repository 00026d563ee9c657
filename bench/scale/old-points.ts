import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import type { MlEvent } from '../../src/events/event.ts';
import { uuidV5, uuidV7OfHex, uuidV7Time } from '../../src/events/ids.ts';
import { fetchLag } from '../../src/kafka/admin/lag.ts';
import { MetricPartitions, setWidth } from '../../src/store/tables/metric-partitions.ts';
import { groupId, topicName } from '../../src/topics.ts';
import { fillTopic } from '../fleet.ts';
import type { Place } from '../place.ts';
import { startRoles } from '../process.ts';

/** Trials of a partition. */
const WIDTH = 200;
const NAMES = 2;
const HOUR_MS = 3_600_000;
const DEADLINE_MS = 300_000;
const POLL_MS = 500;
const RUN = 'old';

/** A partition of points that is due for the older tiers once everything older than `rawDays` is. */
export interface OldPartition {
  readonly archivePrefix: string;
  readonly rawDays: number;
  readonly points: number;
  readonly firstTrialKey: number;
}

const ageHours = (index: number): number => 24 - 2 * index;

/** Trials of a partition have the keys from a multiple of the width on; the first key is 1. */
const trialsOf = (index: number): number[] =>
  Array.from({ length: WIDTH }, (_, trial) => index * WIDTH + trial).filter((key) => key > 0);

/** The events of a partition's trials, which trained at the same time, some hours ago. */
function* eventsOf(index: number, steps: number): Generator<MlEvent> {
  const start = Date.now() - ageHours(index) * HOUR_MS;
  for (let step = 0; step < steps; step += 1) {
    for (const trial of trialsOf(index)) {
      const timestamp = start + step;
      yield {
        event: 'ml.run.metric',
        event_id: uuidV7OfHex(uuidV7Time(timestamp), uuidV5(`${trial} ${step}`).replaceAll('-', '').slice(0, 20)),
        timestamp,
        received_at: timestamp,
        model_run_id: RUN,
        trial_id: `trial-${trial}`,
        attempt: 0,
        step,
        measurements: { train_loss: 2 / (step + 1) + trial / 1e4, val_accuracy: 1 - 1 / (step + 2 + (trial % 5)) },
        mlflow_run_id: null,
        spectral_norm: false,
        source: null,
        correlation_id: null,
        metadata: null,
        priority: null,
        pipeline: null,
        category: null,
        constraint_method: null,
        taxonomy_version: null,
        event_version: null,
      };
    }
  }
}

/** Numbers the trials in the order of the partitions; the sink would number them in the order of their arrival. */
async function numberTrials(pool: pg.Pool, partitions: number): Promise<void> {
  const trials = Array.from({ length: partitions }, (_, index) => trialsOf(index)).flat();
  await setWidth(pool, WIDTH);
  await pool.query(
    `insert into metric_trials (model_run_id, trial_id) select '${RUN}', 'trial-' || key from unnest($1::int[]) key order by key`,
    [trials],
  );
  await new MetricPartitions().ensure(pool, trials);
}

/**
 * Sends the points of some partitions through the topics to Postgres and to an archive, as the live system does. Each
 * partition has an archive of its own, so that a move of one does not read the events of the others.
 */
export async function createOldPartitions(
  place: Place,
  pool: pg.Pool,
  partitions: number,
  steps: number,
): Promise<readonly OldPartition[]> {
  const { topicPrefix } = place.config.kafka;
  await numberTrials(pool, partitions);
  const created: OldPartition[] = [];
  for (let index = 0; index < partitions; index += 1) {
    const archivePrefix = `${topicPrefix}archive-${index}`;
    const environment = { ...place.environment, ARCHIVE_PREFIX: archivePrefix, ARCHIVE_OBJECT_AGE_MS: '2000' };
    const roles = await startRoles({ ...place, environment }, ['router', 'postgres', 'archive']);
    try {
      const points = (await fillTopic(place, 'ml.events', eventsOf(index, steps))) * NAMES;
      created.push({
        archivePrefix,
        rawDays: (ageHours(index) - 1) / 24,
        points,
        firstTrialKey: index * WIDTH,
      });
      await untilStored(place, pool, created);
    } finally {
      await roles.stop();
    }
  }
  return created;
}

async function untilStored({ admin, config }: Place, pool: pg.Pool, created: readonly OldPartition[]): Promise<void> {
  const expected = created.reduce((sum, { points }) => sum + points, 0);
  const { topicPrefix } = config.kafka;
  const [group, topic] = [groupId(topicPrefix, 'archive', 'ml.events'), topicName(topicPrefix, 'ml.events')];
  const deadline = Date.now() + DEADLINE_MS;
  for (;;) {
    const { rows } = await pool.query<{ points: number }>('select count(*)::int as points from trial_metrics');
    const lag = (await fetchLag(admin, group, [topic])).reduce((sum, each) => sum + each.lag, 0);
    if (rows[0]?.points === expected && lag === 0) return;
    if (Date.now() > deadline)
      throw new Error(`${rows[0]?.points} of ${expected} points are stored; archive lag ${lag}`);
    await sleep(POLL_MS);
  }
}
