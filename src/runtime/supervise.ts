import { setTimeout as sleep } from 'node:timers/promises';
import { isBug } from '../is-bug.ts';
import type { StalePosition } from '../kafka/admin/stale-positions.ts';
import type { ConsumerEvents, RunningConsumer } from '../kafka/client/consumer.ts';
import type { KafkaBatch } from '../kafka/client/kafka-batch.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import { OutageLog } from '../outage-log.ts';
import { type BackoffPolicy, backoffMs } from './backoff.ts';
import type { ConsumerStatus } from './consumer-status.ts';
import { FatalError } from './fatal.ts';

export interface RestartPolicy extends BackoffPolicy {
  /**
   * A consumer that had its partitions for this long, in milliseconds, was healthy: a later crash starts a new series.
   */
  readonly steadyMs: number;
}

export const RESTART_POLICY: RestartPolicy = { firstMs: 500, greatestMs: 10_000, steadyMs: 60_000 };

/** Crashes of one series, whose cause is not an unavailable broker. A handled batch ends a series. */
const MAX_CRASHES = 10;

/**
 * Crashes that mean a broker is unavailable, or does not admit this process: the consumer is restarted for as long as that
 * lasts.
 */
const AWAY =
  /Connection|BrokerNotFound|NoBrokerAvailable|NumberOfRetriesExceeded|RequestTimeout|GroupCoordinatorNotFound|KafkaUnavailable|SASLAuthentication|RightsMissing/;

export interface SupervisedConsumer {
  stop(): Promise<void>;
  /** Resolves with the error that ended the consumer permanently; never, if none does. */
  readonly failed: Promise<Error>;
}

/**
 * Keeps a consumer running: after a crash it is restarted with a pause; a bug, or too many crashes without progress, ends it.
 *
 * @param start joins the group; see `startConsumer`.
 */
export function superviseConsumer(
  stage: string,
  start: (onBatch: (batch: KafkaBatch) => Promise<void>, events: ConsumerEvents) => Promise<RunningConsumer>,
  handleBatch: (batch: KafkaBatch) => Promise<void>,
  { log, metrics, status }: { log: Log; metrics: Metrics; status: ConsumerStatus },
  policy: RestartPolicy = RESTART_POLICY,
): SupervisedConsumer {
  const stopping = new AbortController();
  const failure = Promise.withResolvers<Error>();
  const outages = new OutageLog(log);
  let attempts = 0;
  let crashes = 0;
  let assignedAt = Number.POSITIVE_INFINITY;

  async function onBatch(batch: KafkaBatch, crash: (error: Error) => void): Promise<void> {
    try {
      await handleBatch(batch);
    } catch (error) {
      // kafkajs reports only the cause of the error, without the error itself.
      if (error instanceof FatalError) crash(error);
      throw error;
    }
    attempts = 0;
    crashes = 0;
  }

  /** Runs one consumer until it crashes or is stopped; resolves with the error of a crash. */
  async function runOnce(): Promise<Error | undefined> {
    const crashed = Promise.withResolvers<Error>();
    let consumer: RunningConsumer | undefined;
    try {
      const onAssigned = (given: Parameters<ConsumerEvents['onAssigned']>[0]): void => {
        status.assign(given);
        assignedAt = Date.now();
        outages.recovered(stage, { stage }, 'the consumer is running again');
      };
      const onRestart = (positions: readonly StalePosition[]): void => {
        for (const position of positions) {
          log.error(
            { stage, ...position },
            'the committed position is stale: reading the partition from its first record',
          );
          metrics.stageRewinds.inc({ stage, topic: position.topic, partition: position.partition });
        }
      };
      const events = { onCrash: crashed.resolve, onAssigned, onRestart };
      consumer = await start((batch) => onBatch(batch, crashed.resolve), events);
      return await Promise.race([crashed.promise, untilAborted(stopping.signal)]);
    } catch (error) {
      return error as Error;
    } finally {
      status.assign(undefined);
      await consumer
        ?.stop()
        .catch((error: unknown) => log.warn({ stage, cause: error }, 'the consumer did not stop cleanly'));
    }
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      const error = await runOnce();
      if (error === undefined || stopping.signal.aborted) return;
      // A consumer without records to handle is healthy too.
      if (Date.now() - assignedAt >= policy.steadyMs) {
        attempts = 0;
        crashes = 0;
      }
      assignedAt = Number.POSITIVE_INFINITY;
      const root = rootCause(error);
      if (root instanceof FatalError || isBug(root)) return failure.resolve(root);
      if (!AWAY.test(error.name)) crashes += 1;
      if (crashes > MAX_CRASHES)
        return failure.resolve(
          new FatalError(`the consumer of ${stage} crashed ${crashes} times in a row: ${error.message}`, {
            cause: error,
          }),
        );
      attempts += 1;
      status.crashed(error.message);
      const pauseMs = backoffMs(policy, attempts, Math.random());
      const fields = { stage, cause: error.message, attempts, pauseMs };
      outages.failed(stage, fields, 'the consumer crashed and is restarted');
      metrics.stageRestarts.inc({ stage });
      await sleep(pauseMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  }

  const running = run().catch((error: unknown) => failure.resolve(error as Error));
  return {
    failed: failure.promise,
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

/** The error as it was thrown: kafkajs wraps errors, sometimes twice. */
function rootCause(error: Error): Error {
  let root = error;
  while (!(root instanceof FatalError) && root.cause instanceof Error) root = root.cause;
  return root;
}

const untilAborted = (signal: AbortSignal): Promise<undefined> =>
  new Promise((resolve) => {
    // The stop may have come while the consumer was still joining the group; the event is not emitted again.
    if (signal.aborted) resolve(undefined);
    signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
