import { randomUUID } from 'node:crypto';
import type { ConsumerSettings } from '../kafka/client/consumer.ts';
import type { KafkaBatch } from '../kafka/client/kafka-batch.ts';
import type { Transport } from '../kafka/client/transport.ts';
import { Breaker, type BreakerPolicy } from './breaker.ts';
import type { ConsumeOptions } from './consume-options.ts';
import { createGatherHandler } from './gather.ts';
import type { Probe } from './health.ts';
import type { Lifecycle } from './lifecycle.ts';
import { createBatchHandler, type LoopParts } from './loop.ts';
import type { GatheringSink, Work } from './stage.ts';
import { StageStatus } from './status.ts';
import { superviseConsumer } from './supervise.ts';
import { createWatch } from './watch.ts';

export interface RunnerParts extends Omit<LoopParts, 'status' | 'breaker'> {
  readonly breakerPolicy: BreakerPolicy;
  readonly transport: Transport;
  readonly lifecycle: Lifecycle;
  /** Health probes of the process, to which the runner adds its own. */
  readonly ready: Probe[];
  readonly live: Probe[];
  /** Called with an error that ends the consumer permanently. */
  readonly fail: (error: Error) => void;
  /** How long a partition with records may make no progress before the process is unhealthy, in milliseconds. */
  readonly stalledMs: number;
}

const LAG_INTERVAL_MS = 5_000;
const SETTLE_INTERVAL_MS = 1_000;

/** Consumers need what was started before them, not each other, so they leave their groups all at once. */
const CONSUMERS = 'consumers';

type BatchHandler = (batch: KafkaBatch) => Promise<void>;

/** Runs `work` on the records one consumer group reads, until the lifecycle stops it. */
export function runWork(
  work: Work,
  settings: ConsumerSettings,
  parts: RunnerParts,
  options: ConsumeOptions = {},
): Promise<void> {
  const breaker = new Breaker(parts.breakerPolicy);
  const createHandler = (_: string, status: StageStatus) => createBatchHandler(work, { ...parts, status, breaker });
  return runConsumer(work.name, settings, parts, options, createHandler);
}

/** Runs `sink` on the records one consumer group reads, until the lifecycle stops it. */
export function runGathering(
  sink: GatheringSink,
  settings: ConsumerSettings,
  parts: RunnerParts,
  options: ConsumeOptions = {},
): Promise<void> {
  return runConsumer(sink.name, settings, parts, options, async (groupId, status) => {
    const fetchPosition = (topic: string, partition: number) =>
      parts.transport.fetchPosition(groupId, topic, partition);
    const handler = createGatherHandler(sink, { ...parts, fetchPosition, status });
    await parts.lifecycle.start(
      `${sink.name} ${settings.topics.join(' ')} clock`,
      () => setInterval(() => void handler.settle().catch(parts.fail), SETTLE_INTERVAL_MS),
      (timer) => clearInterval(timer),
      CONSUMERS,
    );
    return handler.handleBatch;
  });
}

/** Keeps a consumer running that passes its batches to the handler, and its lag, readiness and liveness known. */
async function runConsumer(
  stage: string,
  shared: ConsumerSettings,
  parts: RunnerParts,
  options: ConsumeOptions,
  createHandler: (groupId: string, status: StageStatus) => BatchHandler | Promise<BatchHandler>,
): Promise<void> {
  const { log, metrics, lifecycle, transport } = parts;
  const settings = options.group === 'process' ? { ...shared, groupId: `${shared.groupId}.${randomUUID()}` } : shared;
  const { groupId, topics } = settings;
  const topic = topics.join(' ');
  const name = `${stage} ${topic}`;
  const status = new StageStatus((partitions) => metrics.stageWaiting.set({ stage, topic }, partitions));
  const watch = createWatch(stage, settings, { ...parts, fetchLag: transport.fetchLag, status });
  const handleBatch = await createHandler(groupId, status);
  let startsAtEnd = options.from === 'end';
  const join: Parameters<typeof superviseConsumer>[1] = async (onBatch, events) => {
    if (startsAtEnd) await transport.startAtEnd(groupId, topics);
    startsAtEnd = false;
    await watch.observe();
    return transport.subscribe(settings, onBatch, events);
  };
  const handle: BatchHandler = async (batch) => {
    await watch.before(batch);
    await handleBatch(batch);
    watch.after(batch);
  };
  const consumer = await lifecycle.start(
    name,
    () => superviseConsumer(stage, join, handle, { log, metrics, status }),
    async (started) => {
      await started.stop();
      if (options.group === 'process') await transport.deleteGroup(groupId);
    },
    CONSUMERS,
  );
  void consumer.failed.then(parts.fail);

  await lifecycle.start(
    `${name} lag`,
    () =>
      setInterval(() => {
        // The consumer itself reports that Kafka is away; the gauge keeps its last value.
        watch.observe().catch((error: unknown) => log.debug({ stage, cause: error }, 'cannot fetch the lag'));
      }, LAG_INTERVAL_MS),
    (timer) => clearInterval(timer),
    CONSUMERS,
  );
  parts.ready.push({ name, check: async () => status.notReady() });
  parts.live.push({ name, check: async () => status.stalled(Date.now(), parts.stalledMs) });
}
