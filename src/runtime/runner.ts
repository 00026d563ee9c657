import type { ConsumerEvents, ConsumerSettings, FetchedBatch, RunningConsumer } from '../kafka/consumer.ts';
import type { Lag } from '../kafka/lag.ts';
import { Breaker, type BreakerPolicy } from './breaker.ts';
import type { Probe } from './health.ts';
import type { Lifecycle } from './lifecycle.ts';
import { createBatchHandler, type LoopParts } from './loop.ts';
import type { Work } from './stage.ts';
import { StageStatus } from './status.ts';
import { superviseConsumer } from './supervise.ts';

export interface RunnerParts extends Omit<LoopParts, 'status' | 'breaker'> {
  readonly breakerPolicy: BreakerPolicy;
  readonly subscribe: (
    settings: ConsumerSettings,
    onBatch: (batch: FetchedBatch) => Promise<void>,
    events: ConsumerEvents,
  ) => Promise<RunningConsumer>;
  readonly fetchLag: (groupId: string, topics: readonly string[]) => Promise<Lag[]>;
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

/** Runs `work` on what one consumer group reads, until the lifecycle stops it. */
export async function runWork(work: Work, settings: ConsumerSettings, parts: RunnerParts): Promise<void> {
  const { log, metrics, lifecycle } = parts;
  const name = `${work.name} ${settings.topics.join(' ')}`;
  const status = new StageStatus();
  const consumer = await lifecycle.start(
    name,
    () =>
      superviseConsumer(
        work.name,
        (onBatch, events) => parts.subscribe(settings, onBatch, events),
        createBatchHandler(work, { ...parts, status, breaker: new Breaker(parts.breakerPolicy) }),
        { log, metrics, status },
      ),
    (started) => started.stop(),
  );
  void consumer.failed.then(parts.fail);

  async function observe(): Promise<void> {
    const lags = await parts.fetchLag(settings.groupId, settings.topics);
    status.observe(lags, Date.now());
    for (const { topic, partition, lag, lost } of lags) {
      metrics.stageLag.set({ stage: work.name, topic, partition }, lag);
      if (lost === 0) continue;
      metrics.stageLost.set({ stage: work.name, topic, partition }, lost);
      log.error({ stage: work.name, topic, partition, lost }, 'retention deleted records before they were read');
    }
  }
  await lifecycle.start(
    `${name} lag`,
    () =>
      setInterval(() => {
        // Kafka being away is what the consumer itself reports; the gauge keeps its last value.
        observe().catch((error: unknown) => log.debug({ stage: work.name, cause: error }, 'lag is unknown for now'));
      }, LAG_INTERVAL_MS),
    (timer) => clearInterval(timer),
  );
  parts.ready.push({ name, check: async () => status.notReady() });
  parts.live.push({ name, check: async () => status.stalled(Date.now(), parts.stalledMs) });
}
