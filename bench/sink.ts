import type { MlEvent } from '../src/events/event.ts';
import { fetchLag } from '../src/kafka/admin/lag.ts';
import { enrich } from '../src/processors/enrich.ts';
import { groupId, topicName } from '../src/topics.ts';
import { measureBentoSink } from './bento-sink.ts';
import { type FleetShape, fillTopic, fleetEvents } from './fleet.ts';
import { type Place, untilDone, withPlace } from './place.ts';
import { startRoles } from './process.ts';
import { measureFromMemory, UNCOUNTED } from './sink-from-memory.ts';
import { mean } from './statistics.ts';
import { type Figure, format } from './table.ts';

const SHAPE: FleetShape = { trials: 120, steps: 4_000 };
const ROUNDS = 3;

function* metricEvents(shape: FleetShape): Generator<MlEvent> {
  for (const event of fleetEvents(shape)) if (event.event === 'ml.run.metric') yield enrich(event);
}

/**
 * The rate of the role `postgres`, in events/s, on a topic that is full when it starts.
 *
 * @param traceparentOf the trace of each event, by its number.
 */
export async function measureLoop(place: Place, traceparentOf?: (index: number) => string): Promise<number> {
  const { admin, config, database } = place;
  const total = await fillTopic(place, 'ml.events.realtime', metricEvents(SHAPE), traceparentOf);
  const group = groupId(config.kafka.topicPrefix, 'postgres', 'ml.events.realtime');
  const topic = topicName(config.kafka.topicPrefix, 'ml.events.realtime');
  const role = await startRoles(place, ['postgres']);
  try {
    const done = async (): Promise<number> => {
      const lags = await fetchLag(admin, group, [topic]);
      return total - lags.reduce((sum, { lag }) => sum + lag, 0);
    };
    const { perSecond } = await untilDone(total, done, total * UNCOUNTED);
    const { rows } = await database.query('select count(*)::int as points from trial_metrics');
    if (rows[0]?.points !== total * 2) throw new Error(`${rows[0]?.points} points of ${total * 2} are stored`);
    return perSecond;
  } finally {
    await role.stop();
  }
}

/** Kafka to Postgres, metric events of two measurements from six partitions, compared with Bento and with the sink alone. */
export async function run(): Promise<readonly Figure[]> {
  const rates = { memory: [] as number[], loop: [] as number[] };
  // In turn and more than once: the rate from memory alone varies by a quarter from run to run.
  for (let round = 0; round < ROUNDS; round += 1) {
    const memory = await withPlace(({ config: { postgres, consumer } }) =>
      measureFromMemory(
        { databaseUrl: postgres.url.reveal(), poolSize: postgres.poolSize, concurrency: consumer.concurrency },
        metricEvents(SHAPE),
      ),
    );
    console.log(`the same statements from memory: ${format(memory)} events/s`);
    const loop = await withPlace(measureLoop);
    console.log(`Kafka to Postgres: ${format(loop)} events/s, ${format(loop * 2)} points/s`);
    rates.memory.push(memory);
    rates.loop.push(loop);
  }
  const memory = mean(rates.memory);
  const loop = mean(rates.loop);
  const bento = await withPlace((place) => measureBentoSink(place, metricEvents(SHAPE)));
  console.log(`Bento, one row an event: ${format(bento)} events/s`);
  const work = 'Kafka to Postgres: metric events of two measurements, six partitions';
  const ratio = (of: number): string => `${format(loop)} events/s, ${format(loop / of, 2)} x`;
  return [
    {
      work,
      measured: `${ratio(bento)} Bento's ${format(bento)}`,
      toReach: "at least 1.5 x Bento's, which writes one wide row an event",
      met: loop >= 1.5 * bento,
    },
    {
      work,
      measured: `${ratio(memory)} the ${format(memory)} from memory`,
      toReach: 'at least 0.7 x the same statements from memory',
      met: loop >= 0.7 * memory,
    },
  ];
}
