import { SpanKind, type Tracer } from '@opentelemetry/api';
import { setWhenRead } from '../metrics/when-read.ts';
import type { Metrics } from '../metrics.ts';
import { bytesOf, KafkaUnavailable, type OutgoingRecord, type RecordSender, RecordTooLarge } from '../record.ts';
import { type BatchSpans, startBatchSpans } from '../tracing/batch-spans.ts';

export interface BatchSettings {
  /** How long records wait for others to join their batch, in milliseconds. */
  readonly lingerMs: number;
  /** Bytes at which a batch is sent at once. */
  readonly batchBytes: number;
  /** Bytes not yet acknowledged, at most; those of sends that were given up count until the client drops them. */
  readonly bufferBytes: number;
  /** Time from `add` to its rejection, in milliseconds, waiting included. */
  readonly deadlineMs: number;
  /** Batches sent and not acknowledged at the same time, at most. */
  readonly maxInFlight: number;
}

/** The buffer is full: Kafka acknowledges less than is posted. */
export class BufferFull extends Error {
  override readonly name = 'BufferFull';
}

export interface MicroBatcher {
  /**
   * Resolves when Kafka has acknowledged these records. Rejects with {@link BufferFull} at once, without taking any of them;
   * with {@link RecordTooLarge}, which names the records that are too large, when all others are acknowledged; and with
   * {@link KafkaUnavailable} when Kafka has not acknowledged them by the deadline.
   */
  add(records: readonly OutgoingRecord[]): Promise<void>;
  /** Sends the pending batch and resolves when nothing is in flight. */
  drain(): Promise<void>;
}

interface Waiting {
  readonly records: readonly OutgoingRecord[];
  readonly bytes: number;
  readonly deadline: number;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** Narrows a batch's RecordTooLarge to the records of one request; undefined if none of them is too large. */
function narrowToRequest(
  records: readonly OutgoingRecord[],
  { records: large }: RecordTooLarge,
): RecordTooLarge | undefined {
  const [first, ...others] = records.filter((record) => large.includes(record));
  return first && new RecordTooLarge([first, ...others]);
}

/**
 * Joins the records of many requests into few sends: kafkajs has no linger, and a send for each request halves its rate.
 *
 * @param tracer absent, no spans.
 */
export function createMicroBatcher(
  sender: RecordSender,
  settings: BatchSettings,
  metrics: Metrics,
  tracer?: Tracer,
): MicroBatcher {
  let waiting: Waiting[] = [];
  let waitingBytes = 0;
  let queuedBytes = 0;
  let inFlight = 0;
  let timer: NodeJS.Timeout | undefined;
  let idle: (() => void)[] = [];
  const abandonedBytes = (): number => sender.abandonedBytes?.() ?? 0;
  setWhenRead(metrics.producerQueuedBytes, () => queuedBytes + abandonedBytes());

  function settle(batch: readonly Waiting[], error?: Error): void {
    for (const { records, bytes, resolve, reject } of batch) {
      queuedBytes -= bytes;
      const mine = error instanceof RecordTooLarge ? narrowToRequest(records, error) : error;
      if (mine === undefined) resolve();
      else reject(mine);
    }
  }

  function flush(): void {
    clearTimeout(timer);
    timer = undefined;
    if (waiting.length === 0 || inFlight >= settings.maxInFlight) return;
    // While another batch is in flight, only a full one is sent: a send costs much the same whatever its size, so small batches
    // wait and grow.
    if (inFlight > 0 && waitingBytes < settings.batchBytes) return;
    const batch = waiting;
    waiting = [];
    waitingBytes = 0;
    inFlight += 1;
    // The oldest request sets the deadline of the batch: its answer must not be late.
    const deadlineMs = (batch[0]?.deadline ?? 0) - Date.now();
    const spans = tracer && startSendSpans(tracer, batch);
    const sent =
      deadlineMs > 0
        ? sender.send(
            batch.flatMap(({ records }) => records),
            deadlineMs,
          )
        : Promise.reject(
            new KafkaUnavailable('Kafka did not acknowledge in time: earlier batches used up the deadline'),
          );
    sent
      .then(
        () => {
          spans?.end();
          settle(batch);
        },
        (error: Error) => {
          spans?.end(error);
          settle(batch, error);
        },
      )
      .finally(() => {
        inFlight -= 1;
        if (waiting.length > 0) flush();
        else if (inFlight === 0) {
          for (const resolve of idle) resolve();
          idle = [];
        }
      });
  }

  return {
    add(records) {
      const bytes = bytesOf(records);
      const heldBytes = queuedBytes + abandonedBytes();
      if (heldBytes + bytes > settings.bufferBytes) {
        metrics.ingestOverloads.inc({ cause: 'producer_buffer' });
        return Promise.reject(
          new BufferFull(`${heldBytes} bytes are waiting for Kafka; the limit is ${settings.bufferBytes}`),
        );
      }
      queuedBytes += bytes;
      waitingBytes += bytes;
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      waiting.push({ records, bytes, deadline: Date.now() + settings.deadlineMs, resolve, reject });
      if (waitingBytes >= settings.batchBytes) flush();
      else timer ??= setTimeout(flush, settings.lingerMs);
      return promise;
    },

    drain() {
      flush();
      if (inFlight === 0 && waiting.length === 0) return Promise.resolve();
      return new Promise((resolve) => idle.push(resolve));
    },
  };
}

/** The spans of sending the requests of a batch. All records of a request have the same `traceparent`. */
function startSendSpans(tracer: Tracer, batch: readonly Waiting[]): BatchSpans | undefined {
  const firsts = batch.flatMap(({ records }) => records.slice(0, 1));
  const topic = firsts[0]?.topic ?? '';
  const attributes = {
    'messaging.system': 'kafka',
    'messaging.operation.type': 'send',
    'messaging.destination.name': topic,
    'messaging.batch.message_count': batch.reduce((sum, { records }) => sum + records.length, 0),
  };
  return startBatchSpans(tracer, { name: `send ${topic}`, kind: SpanKind.PRODUCER, attributes }, firsts);
}
