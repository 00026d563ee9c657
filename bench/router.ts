import { fetchLag } from '../src/kafka/admin/lag.ts';
import { groupId, topicName } from '../src/topics.ts';
import { type FleetShape, fillTopic, fleetEvents } from './fleet.ts';
import { type Place, untilDone, withPlace } from './place.ts';
import { startRoles } from './process.ts';
import { type Figure, format } from './table.ts';

const SHAPE: FleetShape = { trials: 120, steps: 5_000 };
const WORKERS = 2;
const RECORDS_PER_SECOND = 40_000;

/** The rate of several router processes, in records/s, on a topic that is full when they start, once each has partitions. */
async function measure(place: Place): Promise<number> {
  const { admin, config } = place;
  const total = await fillTopic(place, 'ml.events', fleetEvents(SHAPE));
  const group = groupId(config.kafka.topicPrefix, 'router', 'ml.events');
  const topic = topicName(config.kafka.topicPrefix, 'ml.events');
  const workers = await Promise.all(Array.from({ length: WORKERS }, () => startRoles(place, ['router'])));
  try {
    const left = async () => (await fetchLag(admin, group, [topic])).reduce((sum, { lag }) => sum + lag, 0);
    const before = total - (await left());
    const { perSecond } = await untilDone(total - before, async () => total - before - (await left()));
    return perSecond;
  } finally {
    await Promise.all(workers.map((worker) => worker.stop()));
  }
}

/** The router, which enriches each event of the log and writes it to the topic of its priority. */
export async function run(): Promise<readonly Figure[]> {
  const perSecond = await withPlace(measure);
  return [
    {
      work: `router, ${WORKERS} workers`,
      measured: `${format(perSecond)} records/s`,
      toReach: `at least ${format(RECORDS_PER_SECOND)} records/s`,
      met: perSecond >= RECORDS_PER_SECOND,
    },
  ];
}
