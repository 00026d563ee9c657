import type { Lag } from '../kafka/admin/lag.ts';
import type { Position } from '../kafka/admin/position.ts';
import type { ConsumerEvents, ConsumerSettings, RunningConsumer } from '../kafka/client/consumer.ts';
import type { KafkaBatch } from '../kafka/client/kafka-batch.ts';
import { Breaker, type BreakerPolicy } from './breaker.ts';
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
  readonly subscribe: (
    settings: ConsumerSettings,
    onBatch: (batch: KafkaBatch) => Promise<void>,
    events: ConsumerEvents,
  ) => Promise<RunningConsumer>;
  readonly fetchLag: (groupId: string, topics: readonly string[]) => Promise<Lag[]>;
  readonly fetchPosition: (groupId: string, topic: string, partition: number) => Promise<Position>;
  readonly lifecycle: Lifecycle;
  /** Health probes of the process, to which the runner adds its own. */
  readonly ready: Probe[];
  readonly live: Probe[];
  /** Told of an error that ends the stage for good. */
  readonly fail: (error: Error) => void;
  /** How long a partition with records may stand still before the process is unhealthy, in milliseconds. */
  readonly stalledMs: number;
}

const LAG_INTERVAL_MS = 5_000;
const SETTLE_INTERVAL_MS = 1_000;

/** Consumers need what was started before them, not each other, so they leave their groups all at once. */
const CONSUMERS = 'consumers';

type BatchHandler = (batch: KafkaBatch) => Promise<void>;

/** Runs `work` on what one consumer group reads, until the lifecycle stops it. */
export function runWork(work: Work, settings: ConsumerSettings, parts: RunnerParts): Promise<void> {
  const breaker = new Breaker(parts.breakerPolicy);
  return runConsumer(work.name, settings, parts, (status) => createBatchHandler(work, { ...parts, status, breaker }));
}

/** Runs `sink` on what one consumer group reads, until the lifecycle stops it. */
export function runGathering(sink: GatheringSink, settings: ConsumerSettings, parts: RunnerParts): Promise<void> {
  const fetchPosition = (topic: string, partition: number) => parts.fetchPosition(settings.groupId, topic, partition);
  return runConsumer(sink.name, settings, parts, async (status) => {
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

/** Keeps a consumer running whose batches go to the handler, and its lag, readiness and liveness known. */
async function runConsumer(
  stage: string,
  settings: ConsumerSettings,
  parts: RunnerParts,
  createHandler: (status: StageStatus) => BatchHandler | Promise<BatchHandler>,
): Promise<void> {
  const { log, metrics, lifecycle } = parts;
  const topic = settings.topics.join(' ');
  const name = `${stage} ${topic}`;
  const status = new StageStatus((partitions) => metrics.stageWaiting.set({ stage, topic }, partitions));
  const watch = createWatch(stage, settings, { ...parts, status });
  const handleBatch = await createHandler(status);
  const join: Parameters<typeof superviseConsumer>[1] = async (onBatch, events) => {
    await watch.observe();
    return parts.subscribe(settings, onBatch, events);
  };
  const handle: BatchHandler = async (batch) => {
    await watch.before(batch);
    await handleBatch(batch);
    watch.after(batch);
  };
  const consumer = await lifecycle.start(
    name,
    () => superviseConsumer(stage, join, handle, { log, metrics, status }),
    (started) => started.stop(),
    CONSUMERS,
  );
  void consumer.failed.then(parts.fail);

  await lifecycle.start(
    `${name} lag`,
    () =>
      setInterval(() => {
        // Kafka being away is what the consumer itself reports; the gauge keeps its last value.
        watch.observe().catch((error: unknown) => log.debug({ stage, cause: error }, 'lag is unknown for now'));
      }, LAG_INTERVAL_MS),
    (timer) => clearInterval(timer),
    CONSUMERS,
  );
  parts.ready.push({ name, check: async () => status.notReady() });
  parts.live.push({ name, check: async () => status.stalled(Date.now(), parts.stalledMs) });
}
