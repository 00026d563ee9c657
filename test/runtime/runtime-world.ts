import type { Codec } from '../../src/avro/codec.ts';
import type { DeadLetter } from '../../src/avro/records.ts';
import { loadConfig } from '../../src/config.ts';
import { openConnections } from '../../src/connections.ts';
import { createConsume } from '../../src/consume.ts';
import { createTransport } from '../../src/kafka/client/transport.ts';
import { createLog } from '../../src/log.ts';
import { createMetrics, type Metrics } from '../../src/metrics.ts';
import type { OutgoingRecord, RecordSender } from '../../src/record.ts';
import type { ConsumeOptions } from '../../src/runtime/consume-options.ts';
import { checkHealth, type Health, type Probe } from '../../src/runtime/health.ts';
import { Lifecycle } from '../../src/runtime/lifecycle.ts';
import type { Work } from '../../src/runtime/stage.ts';
import { groupId, TOPIC_NAMES, type Topic } from '../../src/topics.ts';
import { createKafkaWorld, type KafkaWorld } from '../kafka/kafka-world.ts';
import { eventually } from '../support/eventually.ts';
import { metric } from './work.ts';

/** A consumer of one topic, in a group of its own. */
export interface Running {
  readonly metrics: Metrics;
  /** Settles with the error that ended it permanently. */
  readonly failed: Promise<Error>;
  ready(): Promise<Health>;
  live(): Promise<Health>;
  stop(): Promise<void>;
}

export interface RunOptions extends ConsumeOptions {
  /** Writes the dead letters; absent, the sender of this test world. */
  readonly sender?: RecordSender;
  readonly concurrency?: number;
  readonly fetchBytes?: number;
  readonly stalledMs?: number;
}

export interface RuntimeWorld extends KafkaWorld {
  readonly codec: Codec;
  readonly sender: RecordSender;
  /** Runs work on the records of a topic (a name on the broker), as the platform runs a consumer. */
  run(work: Work, topic: string, options?: RunOptions): Promise<Running>;
  /** The consumer group of some work on a topic. */
  groupOf(work: Pick<Work, 'name'>, topic: string): string;
  /** Writes metric events of these steps, all of one trial. */
  sendSteps(topic: string, steps: readonly number[], key?: string): Promise<void>;
  send(topic: string, ...records: Omit<OutgoingRecord, 'topic'>[]): Promise<void>;
  /** The letters about records of a topic. */
  letters(topic: string): Promise<DeadLetter[]>;
  /** The position that the group of some work has committed in each partition; -1 if it committed none. */
  committed(work: Work, topic: string): Promise<string[]>;
  /** Resolves when the group of some work waits for its members to join it again. */
  rebalancing(work: Work, topic: string): Promise<void>;
}

/** How long a stop may take in these tests; it takes a fraction of that. */
const STOP_MS = 30_000;

/** Consumers of tests are missed soon, take large chunks, and are not stopped by bad records. */
const CONSUMER = {
  sessionTimeoutMs: 10_000,
  chunkRecords: 10_000,
  breakerRunLength: 1_000,
  breakerRatio: 1,
  breakerWindow: 1_000,
} as const;

/** The real broker and registry, with the topics of the system and consumers that run on them. */
export async function createRuntimeWorld(): Promise<RuntimeWorld> {
  const world = await createKafkaWorld();
  const { kafka, admin, topicPrefix } = world;
  const log = createLog('silent');
  const config = loadConfig({ ...world.environment, PRODUCER_DEADLINE_MS: '20000' });
  const ownLifecycle = new Lifecycle(log);
  const settings = { purpose: 'test', registers: TOPIC_NAMES, lifecycle: ownLifecycle } as const;
  const connections = openConnections(config, { log, metrics: createMetrics() }, settings);
  const close = async (): Promise<void> => {
    await ownLifecycle.stop(STOP_MS);
    await world.close();
  };
  const [codec, sender] = await open().catch(async (error: unknown) => {
    // An open connection would keep the test run from ending.
    await close();
    throw error;
  });
  const nameOf = (topic: string): Topic => topic.slice(topicPrefix.length) as Topic;
  const groupOf = ({ name }: Pick<Work, 'name'>, topic: string): string => groupId(topicPrefix, name, nameOf(topic));
  const running = new Set<Running>();

  async function open() {
    await connections.createTopics();
    return Promise.all([connections.codec(), connections.producer()]);
  }

  return {
    ...world,
    codec,
    sender,
    groupOf,

    async run(work, topic, options = {}) {
      const { sender: letterSender, concurrency = 1, fetchBytes = 1_048_576, stalledMs = 60_000, ...how } = options;
      const metrics = createMetrics();
      const lifecycle = new Lifecycle(log);
      const failure = Promise.withResolvers<Error>();
      const ready: Probe[] = [];
      const live: Probe[] = [];
      const consumer = { ...config.consumer, ...CONSUMER, concurrency, fetchBytes, stalledMs };
      const consume = createConsume({
        config: { ...config, consumer },
        telemetry: { log, metrics },
        lifecycle,
        ready,
        live,
        transport: async () => createTransport(kafka, admin, async () => undefined),
        codec: connections.codec,
        producer: async () => letterSender ?? sender,
        fail: failure.resolve,
      });
      await consume(work, nameOf(topic), how);
      const started: Running = {
        metrics,
        failed: failure.promise,
        ready: () => checkHealth(ready),
        live: () => checkHealth(live),
        async stop() {
          running.delete(started);
          await lifecycle.stop(STOP_MS);
        },
      };
      running.add(started);
      return started;
    },

    sendSteps: (topic, steps, key = 'r/t') =>
      sender.send(steps.map((step) => ({ topic, key, value: codec.encode('ml.events', 'RunMetric', metric(step)) }))),

    send: (topic, ...records) => sender.send(records.map((record) => ({ topic, ...record }))),

    async letters(topic) {
      const records = await world.read(`${topicPrefix}ml.deadletters`);
      const letters = await Promise.all(records.map(({ value }) => codec.decode(value)));
      return letters
        .map((letter) => (letter.ok && letter.name === 'DeadLetter' ? letter.record : undefined))
        .filter((letter) => letter !== undefined)
        .filter((letter) => letter.topic === topic);
    },

    async committed(work, topic) {
      const [position] = await admin.fetchOffsets({ groupId: groupOf(work, topic), topics: [topic] });
      return (position?.partitions ?? []).sort((a, b) => a.partition - b.partition).map(({ offset }) => offset);
    },

    rebalancing: (work, topic) =>
      eventually(async () => {
        const { groups } = await admin.describeGroups([groupOf(work, topic)]);
        return groups[0]?.state === 'PreparingRebalance';
      }),

    async close() {
      await Promise.all([...running].map((consumer) => consumer.stop()));
      await close();
    },
  };
}
