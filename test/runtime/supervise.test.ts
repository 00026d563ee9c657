import { describe, expect, test } from '@jest/globals';
import type { ConsumerEvents, RunningConsumer } from '../../src/kafka/client/consumer.ts';
import type { KafkaBatch } from '../../src/kafka/client/kafka-batch.ts';
import { createLog } from '../../src/log.ts';
import { createMetrics } from '../../src/metrics.ts';
import { ConsumerStatus } from '../../src/runtime/consumer-status.ts';
import { FatalError } from '../../src/runtime/fatal.ts';
import { RESTART_POLICY, superviseConsumer } from '../../src/runtime/supervise.ts';

type Start = (onBatch: (batch: KafkaBatch) => Promise<void>, events: ConsumerEvents) => Promise<RunningConsumer>;

/** A consumer under supervision that starts as the script says, once for each entry; the last entry repeats forever. */
function supervised(...script: readonly Start[]) {
  return supervisedBy(RESTART_POLICY.steadyMs, ...script);
}

function supervisedBy(steadyMs: number, ...script: readonly Start[]) {
  const metrics = createMetrics();
  const status = new ConsumerStatus();
  const starts = { count: 0 };
  const consumer = superviseConsumer(
    'stage',
    async (onBatch, events) => {
      const start = script[Math.min(starts.count, script.length - 1)] as Start;
      starts.count += 1;
      return start(onBatch, events);
    },
    async () => undefined,
    { log: createLog('silent'), metrics, status },
    { firstMs: 1, greatestMs: 1, steadyMs },
  );
  return { consumer, metrics, status, starts };
}

const named = (name: string, message = 'broken', more: object = {}): Error =>
  Object.assign(new Error(message), { name, ...more });

/** Starts and crashes at once, after it has handled a batch if it is to. */
const crashing =
  (error: Error, handlesBatch = false): Start =>
  async (onBatch, { onCrash }) => {
    if (handlesBatch) await onBatch({} as KafkaBatch);
    onCrash(error);
    return { stop: async () => undefined };
  };

/** Runs until it was told to stop. */
const running =
  (started: PromiseWithResolvers<void>): Start =>
  async () => {
    started.resolve();
    return { stop: async () => undefined };
  };

/** As kafkajs hands over what was thrown in it: in a new error, of which a cause takes the place of what had it. */
const wrapped = (error: Error): Error =>
  named('KafkaJSNonRetriableError', error.message, { cause: error.cause ?? error });

describe('a consumer ends permanently by', () => {
  test.each<[string, Error]>([
    ['a bug', new TypeError('x is undefined')],
    ['a bug that kafkajs wrapped', wrapped(new TypeError('x is undefined'))],
    ['a bug that kafkajs wrapped twice', wrapped(wrapped(new RangeError('out of range')))],
    ['a fatal error', new FatalError('a bug', { cause: new TypeError('x') })],
    ['a fatal error that kafkajs wrapped', wrapped(new FatalError('a bug', { cause: new TypeError('x') }))],
  ])('%s', async (_, error) => {
    let stops = 0;
    const { consumer, starts } = supervised(async (_onBatch, { onCrash }) => {
      onCrash(error);
      return {
        stop: async () => {
          stops += 1;
        },
      };
    });
    const failure = await consumer.failed;
    expect(failure.name).toMatch(/^(FatalError|TypeError|RangeError)$/);
    expect({ starts: starts.count, stops }).toEqual({ starts: 1, stops: 1 });
    await consumer.stop();
  });
});

describe('a series of crashes', () => {
  const strange = named('KafkaJSNotImplemented', 'Snappy compression not implemented');

  test('ends the consumer when the cause is not an unavailable broker', async () => {
    const { consumer, starts } = supervised(crashing(strange));
    expect(await consumer.failed).toMatchObject({
      name: 'FatalError',
      message: 'the consumer of stage crashed 11 times in a row: Snappy compression not implemented',
      cause: strange,
    });
    expect(starts.count).toBe(11);
  });

  test('does not end a consumer that had its partitions for a while, although there was no record to handle', async () => {
    const started = Promise.withResolvers<void>();
    const idle: Start = async (onBatch, events) => {
      events.onAssigned({ t: [0] });
      return crashing(strange)(onBatch, events);
    };
    const { consumer, starts } = supervisedBy(0, ...Array<Start>(30).fill(idle), running(started));
    await started.promise;
    expect(starts.count).toBe(31);
    await consumer.stop();

    const short = supervised(idle);
    expect(await short.consumer.failed).toMatchObject({ name: 'FatalError' });
    expect(short.starts.count).toBe(11);
  });

  test.each([
    ['does not end it when the broker is unavailable', crashing(named('KafkaJSConnectionError'))],
    ['does not end it when batches are handled in between', crashing(strange, true)],
  ])('%s', async (_, crash) => {
    const started = Promise.withResolvers<void>();
    const { consumer, starts } = supervised(...Array<Start>(30).fill(crash), running(started));
    await started.promise;
    expect(starts.count).toBe(31);
    await consumer.stop();
  });
});

test.each<[string, Start]>([
  [
    'crashes',
    async (_onBatch, { onCrash }) => {
      onCrash(named('KafkaJSConnectionError', 'the broker is unavailable'));
      return { stop: async () => undefined };
    },
  ],
  ['cannot start', () => Promise.reject(named('KafkaJSBrokerNotFound'))],
])('a consumer that %s is restarted', async (_, first) => {
  const again = Promise.withResolvers<void>();
  const { consumer, metrics, status } = supervised(first, async (_onBatch, { onAssigned }) => {
    onAssigned({ t: [0] });
    again.resolve();
    return { stop: async () => undefined };
  });
  expect(status.notReady()).toBe('has not joined its consumer group');
  await again.promise;
  expect(status.notReady()).toBeUndefined();
  expect((await metrics.stageRestarts.get()).values[0]?.value).toBe(1);
  await consumer.stop();
  expect(status.notReady()).toBe('has not joined its consumer group');
});

describe('a stop', () => {
  test('stops a running consumer, and none is started afterwards', async () => {
    const joined = Promise.withResolvers<void>();
    let stops = 0;
    const { consumer, starts } = supervised(async () => {
      joined.resolve();
      return {
        stop: async () => {
          stops += 1;
        },
      };
    });
    await joined.promise;
    await consumer.stop();
    expect({ starts: starts.count, stops }).toEqual({ starts: 1, stops: 1 });
  });

  test('stops a consumer that is still joining its group as soon as it has joined', async () => {
    const [joining, joined] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    let stops = 0;
    const { consumer } = supervised(async () => {
      joining.resolve();
      await joined.promise;
      return {
        stop: async () => {
          stops += 1;
        },
      };
    });
    await joining.promise;
    const stopped = consumer.stop();
    joined.resolve();
    await stopped;
    expect(stops).toBe(1);
  });

  test('ends the pause before a restart', async () => {
    const { consumer, metrics, starts } = supervised(() => Promise.reject(named('KafkaJSConnectionError')));
    while ((await metrics.stageRestarts.get()).values.length === 0) await Promise.resolve();
    await consumer.stop();
    expect(starts.count).toBe(1);
  });

  test('succeeds although the consumer does not stop cleanly', async () => {
    const joined = Promise.withResolvers<void>();
    const { consumer } = supervised(async () => {
      joined.resolve();
      return { stop: () => Promise.reject(new Error('the broker is unavailable')) };
    });
    await joined.promise;
    await expect(consumer.stop()).resolves.toBeUndefined();
  });
});
