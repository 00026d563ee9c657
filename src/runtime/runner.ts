import { randomUUID } from 'node:crypto';
import type { ConsumerSettings } from '../kafka/client/consumer.ts';
import type { KafkaBatch } from '../kafka/client/kafka-batch.ts';
import type { Transport } from '../kafka/client/transport.ts';
import { startAtZero } from '../metrics.ts';
import { createAccumulatingHandler } from './accumulating-loop.ts';
import { Breaker, type BreakerPolicy } from './breaker.ts';
import type { ConsumeOptions } from './consume-options.ts';
import { ConsumerStatus } from './consumer-status.ts';
import type { Probe } from './health.ts';
import type { Lifecycle } from './lifecycle.ts';
import { createBatchHandler, type LoopParts } from './loop.ts';
import type { AccumulatingSink } from './sink.ts';
import type { Work } from './stage.ts';
import { superviseConsumer } from './supervise.ts';
import { createUnreadableHandler } from './unreadable.ts';
import { createWatch } from './watch.ts';

/*
 * One batch on its way down, and its errors on their way up:
 *
 *   kafkajs eachBatch
 *   └ consumer.ts      handle         notes the generation of the group, waits a little after small batches
 *     └ read-ahead.ts  handle         one batch of a partition at a time; has the next one fetched meanwhile
 *       └ supervise.ts onBatch        reports a FatalError, which kafkajs would hide
 *         └ runner.ts  handle         watch.before: counts records that retention deleted; watch.after: notes the position
 *           └ loop.ts  handleBatch    cuts the batch into chunks; after each: commit, metrics, heartbeat
 *             └ persist.ts persist    repeats a chunk while a dependency fails, with heartbeats
 *               └ chunk-handling.ts attempt  decode, work, breaker, dead letters
 *                 └ stage-work.ts or sink-work.ts, which call Stage.transform or Sink.write
 *
 *   a bad record              is returned as Rejected and becomes a dead letter
 *   an unreadable batch       pauses its partition until an operator skips it (unreadable.ts)
 *   a failing dependency      is thrown; persist.ts waits and repeats; nothing is committed
 *   a rebalance               is thrown by the heartbeat up to kafkajs, which joins the group again
 *   an unavailable broker     crashes the consumer; supervise.ts restarts it
 *   a bug (FatalError)        ends the consumer and, by `fail`, the process with exit code 1
 *
 * For an accumulating sink, accumulating-loop.ts takes the place of loop.ts: it passes over records without committing,
 * and a clock completes and commits results.
 */

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

interface BatchHandler {
  handleBatch(batch: KafkaBatch): Promise<void>;
  /** Moves the position of the partition past the record at `offset`. */
  pass(batch: KafkaBatch, offset: string): Promise<void> | void;
}

/** Runs `work` on the records one consumer group reads, until the lifecycle stops it. */
export function runWork(
  work: Work,
  settings: ConsumerSettings,
  parts: RunnerParts,
  options: ConsumeOptions = {},
): Promise<void> {
  const breaker = new Breaker(parts.breakerPolicy);
  const createHandler = (_: string, status: ConsumerStatus): BatchHandler => ({
    handleBatch: createBatchHandler(work, { ...parts, status, breaker }),
    pass: (batch, offset) => batch.commit(offset),
  });
  return runConsumer(work, settings, parts, options, createHandler);
}

/** Runs `sink` on the records one consumer group reads, until the lifecycle stops it. */
export function runAccumulating(
  sink: AccumulatingSink,
  settings: ConsumerSettings,
  parts: RunnerParts,
  options: ConsumeOptions = {},
): Promise<void> {
  return runConsumer(sink, settings, parts, options, async (groupId, status) => {
    const fetchPosition = (topic: string, partition: number) =>
      parts.transport.fetchPosition(groupId, topic, partition);
    const handler = createAccumulatingHandler(sink, { ...parts, fetchPosition, status });
    await parts.lifecycle.start(
      `${sink.name} ${settings.topics.join(' ')} clock`,
      () => setInterval(() => void handler.settle().catch(parts.fail), SETTLE_INTERVAL_MS),
      (timer) => clearInterval(timer),
      CONSUMERS,
    );
    return handler;
  });
}

/** Keeps a consumer running that passes its batches to the handler, and its lag, readiness and liveness known. */
async function runConsumer(
  consumer: Pick<Work, 'name' | 'waiting' | 'progressedAt'>,
  shared: ConsumerSettings,
  parts: RunnerParts,
  options: ConsumeOptions,
  createHandler: (groupId: string, status: ConsumerStatus) => BatchHandler | Promise<BatchHandler>,
): Promise<void> {
  const { log, metrics, lifecycle, transport } = parts;
  const stage = consumer.name;
  const settings = options.group === 'process' ? { ...shared, groupId: `${shared.groupId}.${randomUUID()}` } : shared;
  const { groupId, topics } = settings;
  const topic = topics.join(' ');
  const name = `${stage} ${topic}`;
  startAtZero(metrics, { stage: [stage], topic: [...topics] });
  const status = new ConsumerStatus(
    (partitions) => metrics.stageWaiting.set({ stage, topic }, partitions),
    (partitions) => metrics.stageAssigned.set({ stage, topic }, partitions),
  );
  metrics.stageBreaker.set({ stage, topic }, 0);
  metrics.stageRebalances.inc({ stage, topic }, 0);
  const watch = createWatch(stage, settings, { ...parts, fetchLag: transport.fetchLag, status });
  const { handleBatch, pass } = await createHandler(groupId, status);
  const handleUnreadable = createUnreadableHandler(stage, {
    ...parts,
    status,
    groupId: shared.groupId,
    fetchSkip: (name, partition, topicId) => transport.fetchSkip(shared.groupId, name, partition, topicId),
  });
  let startsAtEnd = options.from === 'end';
  const join: Parameters<typeof superviseConsumer>[1] = async (onBatch, events) => {
    // First: everything after it would fail without the rights as well, for causes that do not name them.
    await transport.requireRights(groupId, topics);
    if (startsAtEnd) await transport.startAtEnd(groupId, topics);
    startsAtEnd = false;
    await watch.observe();
    return transport.subscribe(settings, onBatch, {
      ...events,
      onAssigned(partitions) {
        metrics.stageRebalances.inc({ stage, topic });
        events.onAssigned(partitions);
      },
    });
  };
  const handle = async (batch: KafkaBatch): Promise<void> => {
    await watch.before(batch);
    await handleBatch(batch);
    const { unreadable } = batch;
    if (unreadable !== undefined) await handleUnreadable(batch, unreadable, (offset) => pass(batch, offset));
    watch.after(batch);
  };
  const supervised = await lifecycle.start(
    name,
    () => superviseConsumer(stage, join, handle, { log, metrics, status }),
    async (started) => {
      await started.stop();
      if (options.group === 'process') await transport.deleteGroup(groupId);
    },
    CONSUMERS,
  );
  void supervised.failed.then(parts.fail);

  await lifecycle.start(
    `${name} lag`,
    () =>
      setInterval(() => {
        // The consumer itself reports that Kafka is unavailable; the gauge keeps its last value.
        watch.observe().catch((error: unknown) => log.debug({ stage, cause: error }, 'cannot fetch the lag'));
      }, LAG_INTERVAL_MS),
    (timer) => clearInterval(timer),
    CONSUMERS,
  );
  parts.ready.push({ name, check: async () => status.notReady(), degrades: consumer.waiting === 'degraded' });
  parts.live.push({
    name,
    check: async () => {
      const quietMs = Date.now() - (consumer.progressedAt?.() ?? 0);
      return quietMs < parts.stalledMs ? undefined : status.stalled(Date.now(), parts.stalledMs);
    },
  });
}
