import { createEncoder } from '../src/avro/encoder.ts';
import { connectRegistry } from '../src/avro/registry.ts';
import { typeOfSchema } from '../src/avro/type-of-schema.ts';
import { type MlEvent, trialKey } from '../src/events/event.ts';
import { untilLed } from '../src/kafka/admin/create-topics.ts';
import type { OutgoingRecord } from '../src/record.ts';
import { TOPICS } from '../src/topics.ts';
import { buildBento, startBento } from './bento.ts';
import { BENTO_SCHEMA } from './bento-schema.ts';
import { SEND_DEADLINE_MS, sendAll } from './fleet.ts';
import { type Place, untilDone } from './place.ts';

const TABLE = `
  create table bento_metrics (
    event_id text primary key, trial_id text, name text, step bigint, train_loss float8, val_accuracy float8, ts bigint
  )`;

/** Writes the metric events as Bento's records to a topic. Returns their number, and the id of the last event of each trial. */
async function fill({ admin, config, connections }: Place, topic: string, events: Iterable<MlEvent>) {
  const { partitions: numPartitions, maxMessageBytes } = TOPICS['ml.events.realtime'];
  const configEntries = [{ name: 'max.message.bytes', value: String(maxMessageBytes) }];
  await admin.createTopics({ topics: [{ topic, numPartitions, configEntries }], waitForLeaders: false });
  await untilLed(admin, [topic]);
  const id = await connectRegistry(config.registry).register(`${topic}-value`, JSON.stringify(BENTO_SCHEMA));
  const type = typeOfSchema(BENTO_SCHEMA);
  const encode = createEncoder();
  const last = new Map<string, string>();
  const records = (function* (): Generator<OutgoingRecord> {
    for (const event of events) {
      if (event.event !== 'ml.run.metric') continue;
      const { event_id, timestamp: ts, trial_id, step, measurements: m } = event;
      const key = trialKey(event);
      last.set(key, event_id);
      yield { topic, key, value: encode(id, type, { event_id, name: event.event, ts, trial_id, step, m }) };
    }
  })();
  const producer = await connections.producer();
  const total = await sendAll(records, (slice) => producer.send(slice, SEND_DEADLINE_MS));
  return { total, last: [...last.values()] };
}

/** The rate of Bento, in events/s, on a topic that is full when it starts. It writes one wide row for each event. */
export async function measureBentoSink(place: Place, events: Iterable<MlEvent>): Promise<number> {
  const { config, database, environment } = place;
  await buildBento();
  await database.query(TABLE);
  const topic = `${config.kafka.topicPrefix}bento`;
  const { total, last } = await fill(place, topic, events);
  const count = async (sql: string, values: readonly unknown[] = []): Promise<number> =>
    (await database.query<{ rows: number }>(sql, [...values])).rows[0]?.rows ?? 0;
  const countAll = () => count('select count(*)::int as rows from bento_metrics');
  const countLast = () => count('select count(*)::int as rows from bento_metrics where event_id = any($1)', [last]);

  const bento = await startBento({
    config: 'sink',
    environment: { ...environment, BENTO_TOPIC: topic, BENTO_GROUP: `${topic}-sink` },
  });
  try {
    let seen = 0;
    // Counting all rows takes much of a processor, so that happens only at the start and at the end.
    const { perSecond } = await untilDone(total, async () => {
      if (seen === 0 || (await countLast()) === last.length) seen = await countAll();
      return seen;
    });
    return perSecond;
  } finally {
    await bento.stop();
  }
}
