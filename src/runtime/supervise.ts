import { setTimeout as sleep } from 'node:timers/promises';
import type { ConsumerEvents, RunningConsumer } from '../kafka/client/consumer.ts';
import type { KafkaBatch } from '../kafka/client/kafka-batch.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import { type BackoffPolicy, backoffMs, isBug } from './backoff.ts';
import { FatalError } from './fatal.ts';
import type { StageStatus } from './status.ts';

const RESTART_BACKOFF: BackoffPolicy = { firstMs: 500, greatestMs: 10_000 };

/** Crashes in a row, without one batch handled between, that do not come from a broker that is away. */
const MAX_CRASHES = 10;

/** Crashes that mean a broker is away: they are waited out, however long it takes. */
const AWAY =
  /Connection|BrokerNotFound|NoBrokerAvailable|NumberOfRetriesExceeded|RequestTimeout|GroupCoordinatorNotFound/;

export interface SupervisedConsumer {
  stop(): Promise<void>;
  /** Settles with the error that ended the consumer for good; never, if none does. */
  readonly failed: Promise<Error>;
}

/**
 * Keeps a consumer running: a crash starts it anew after a pause, a bug or too many crashes without progress end it.
 *
 * @param start joins the group; see `startConsumer`.
 */
export function superviseConsumer(
  stage: string,
  start: (onBatch: (batch: KafkaBatch) => Promise<void>, events: ConsumerEvents) => Promise<RunningConsumer>,
  handleBatch: (batch: KafkaBatch) => Promise<void>,
  { log, metrics, status }: { log: Log; metrics: Metrics; status: StageStatus },
  backoff: BackoffPolicy = RESTART_BACKOFF,
): SupervisedConsumer {
  const stopping = new AbortController();
  const failure = Promise.withResolvers<Error>();
  let attempts = 0;
  let crashes = 0;

  async function onBatch(batch: KafkaBatch, crash: (error: Error) => void): Promise<void> {
    try {
      await handleBatch(batch);
    } catch (error) {
      // By the time kafkajs reports it, nothing but its cause is left of it.
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
      const onAssigned = (given: Parameters<ConsumerEvents['onAssigned']>[0]) => status.assign(given);
      consumer = await start((batch) => onBatch(batch, crashed.resolve), { onCrash: crashed.resolve, onAssigned });
      return await Promise.race([crashed.promise, untilAborted(stopping.signal)]);
    } catch (error) {
      return error as Error;
    } finally {
      status.assign(undefined);
      await consumer
        ?.stop()
        .catch((error: unknown) => log.warn({ stage, cause: error }, 'consumer did not stop cleanly'));
    }
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      const error = await runOnce();
      if (error === undefined || stopping.signal.aborted) return;
      const root = rootCause(error);
      if (root instanceof FatalError || isBug(root)) return failure.resolve(root);
      if (!AWAY.test(error.name)) crashes += 1;
      if (crashes > MAX_CRASHES)
        return failure.resolve(new FatalError(`${stage} crashed ${crashes} times in a row`, { cause: error }));
      attempts += 1;
      const pauseMs = backoffMs(backoff, attempts, Math.random());
      log.warn({ stage, cause: error.message, attempts, pauseMs }, 'consumer crashed, starting it anew');
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

/** kafkajs wraps what is thrown in it, sometimes twice. */
function rootCause(error: Error): Error {
  let root = error;
  while (!(root instanceof FatalError) && root.cause instanceof Error) root = root.cause;
  return root;
}

const untilAborted = (signal: AbortSignal): Promise<undefined> =>
  new Promise((resolve) => {
    // It may have been asked to stop while it was still joining the group; the event is not told again.
    if (signal.aborted) resolve(undefined);
    signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
