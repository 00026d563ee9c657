import { type Codec, createCodec } from '../../src/avro/codec.ts';
import type { DeadLetter } from '../../src/avro/records.ts';
import { connectRegistry } from '../../src/avro/registry.ts';
import { loadSchemas } from '../../src/avro/schemas.ts';
import { loadConfig } from '../../src/config.ts';
import { acceptedAt } from '../../src/events/accepted-at.ts';
import { createTopics } from '../../src/kafka/admin/create-topics.ts';
import { connectProducer } from '../../src/kafka/client/producer.ts';
import { createTransport } from '../../src/kafka/client/transport.ts';
import { createLog } from '../../src/log.ts';
import { createMetrics, type Metrics } from '../../src/metrics.ts';
import type { OutgoingRecord, RecordSender } from '../../src/record.ts';
import type { ConsumeOptions } from '../../src/runtime/consume-options.ts';
import { createDeadLetters, type DeadLetters } from '../../src/runtime/dead-letters.ts';
import { checkHealth, type Health, type Probe } from '../../src/runtime/health.ts';
import { Lifecycle } from '../../src/runtime/lifecycle.ts';
import { type RunnerParts, runWork } from '../../src/runtime/runner.ts';
import type { Work } from '../../src/runtime/stage.ts';
import { TOPIC_NAMES } from '../../src/topics.ts';
import { createKafkaWorld, type KafkaWorld } from '../kafka/world.ts';
import { eventually } from '../support/eventually.ts';
import { metric } from './work.ts';

/** A stage at work on one topic, in a consumer group of its own. */
export interface Running {
  readonly metrics: Metrics;
  /** Settles with the error that ended it for good. */
  readonly failed: Promise<Error>;
  ready(): Promise<Health>;
  live(): Promise<Health>;
  stop(): Promise<void>;
}

export interface RunOptions extends ConsumeOptions {
  readonly deadLetters?: DeadLetters;
  readonly concurrency?: number;
  readonly fetchBytes?: number;
  readonly stalledMs?: number;
}

export interface RuntimeWorld extends KafkaWorld {
  readonly codec: Codec;
  readonly sender: RecordSender;
  /** Runs work on what a topic (a name on the broker) holds; the group is named after the work. */
  run(work: Work, topic: string, parts?: RunOptions): Promise<Running>;
  /** Writes metric events of these steps, all of one trial. */
  sendSteps(topic: string, steps: readonly number[], key?: string): Promise<void>;
  send(topic: string, ...records: Omit<OutgoingRecord, 'topic'>[]): Promise<void>;
  /** The letters about records of a topic. */
  letters(topic: string): Promise<DeadLetter[]>;
  /** Where the group of some work stands in each partition; -1 where nothing is committed. */
  committed(work: Work, topic: string): Promise<string[]>;
  /** Resolves when the group of some work waits for its members to join it again. */
  rebalancing(work: Work): Promise<void>;
}

/** How long a stop may take in these tests; it takes a fraction of that. */
const STOP_MS = 30_000;

/** The real broker and registry, with the topics of the system and stages that run on them. */
export async function createRuntimeWorld(): Promise<RuntimeWorld> {
  const world = await createKafkaWorld();
  const { kafka, admin, topicPrefix } = world;
  const log = createLog('silent');
  const config = loadConfig(world.environment);
  const [codec, sender] = await open().catch(async (error: unknown) => {
    // What stays connected would keep the run from ending.
    await world.close();
    throw error;
  });
  const groupOf = (work: Work): string => `${topicPrefix}${work.name}`;
  const running = new Set<Running>();

  async function open() {
    await createTopics(kafka, topicPrefix, TOPIC_NAMES, config.kafka.replicationFactor);
    const registry = connectRegistry(config.registry);
    return Promise.all([
      createCodec(registry, loadSchemas(), topicPrefix, TOPIC_NAMES),
      connectProducer(kafka, { deadlineMs: 20_000 }, createMetrics()),
    ]);
  }

  return {
    ...world,
    codec,
    sender,

    async run(work, topic, options = {}) {
      const { deadLetters, concurrency = 1, fetchBytes = 1_048_576, stalledMs = 60_000, ...consume } = options;
      const metrics = createMetrics();
      const lifecycle = new Lifecycle(log);
      const failure = Promise.withResolvers<Error>();
      const ready: Probe[] = [];
      const live: Probe[] = [];
      const settings = {
        ...{ groupId: groupOf(work), topics: [topic], sessionTimeoutMs: 10_000, concurrency, fetchBytes },
      };
      const parts: RunnerParts = {
        ...{ codec, log, metrics, lifecycle, ready, live, stalledMs, fail: failure.resolve },
        deadLetters: deadLetters ?? createDeadLetters(codec, sender, topicPrefix, metrics),
        breakerPolicy: { runLength: 1_000, ratio: 1, windowRecords: 1_000 },
        acceptedAt,
        chunkRecords: 10_000,
        transport: createTransport(kafka, admin),
      };
      await runWork(work, settings, parts, consume);
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
      const [position] = await admin.fetchOffsets({ groupId: groupOf(work), topics: [topic] });
      return (position?.partitions ?? []).sort((a, b) => a.partition - b.partition).map(({ offset }) => offset);
    },

    rebalancing: (work) =>
      eventually(async () => (await admin.describeGroups([groupOf(work)])).groups[0]?.state === 'PreparingRebalance'),

    async close() {
      await Promise.all([...running].map((stage) => stage.stop()));
      await sender.close();
      await world.close();
    },
  };
}
