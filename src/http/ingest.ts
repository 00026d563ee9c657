import type { IncomingMessage, ServerResponse } from 'node:http';
import type { MlEvent } from '../events/event.ts';
import { parseEvent } from '../events/parse.ts';
import { KafkaUnavailable, RecordTooLarge } from '../kafka/records.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import type { EventProducer } from '../producers/event-producer.ts';
import { BufferFull } from '../producers/micro-batcher.ts';
import type { Authenticate } from './access.ts';
import type { Fresh } from './fresh.ts';
import { parseJson } from './parse-json.ts';
import { Problem, SECURITY_HEADERS, sendProblem } from './problem.ts';
import { ClientGone, readBody } from './read-body.ts';

export const INGEST_PATH = '/api/events/ml';

export interface IngestParts {
  readonly events: EventProducer;
  readonly authenticate: Authenticate;
  readonly fresh: Fresh;
  readonly log: Log;
  readonly metrics: Metrics;
}

const MAX_BODY_BYTES = 33_554_432;
const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,255}$/;

/** `POST /api/events/ml`: takes events, and answers 202 when every in-sync replica has them. */
export function createIngest({ events, authenticate, fresh, log, metrics }: IngestParts) {
  async function take(request: IncomingMessage): Promise<string> {
    await authenticate(request, 'ingest');
    requireJson(request);
    const idempotencyKey = idempotencyKeyOf(request);
    const body = await readBody(request, MAX_BODY_BYTES);
    const receivedAt = Date.now();
    const parsed = parseEvent(parseJson(body), {
      receivedAt,
      idempotencyKey,
      freshId: () => fresh.eventId(receivedAt),
    });
    if (!parsed.ok) {
      metrics.ingestEvents.inc({ result: 'rejected' });
      for (const { code } of parsed.faults) metrics.ingestFaults.inc({ code });
      const rejected = parsed.faults.map((fault) => ({ index: 0, ...fault }));
      throw new Problem('events_rejected', 'the event was refused', { members: { accepted: 0, rejected } });
    }
    await publish([parsed.event], fresh.traceparent(request.headers.traceparent as string | undefined));
    metrics.ingestEvents.inc({ result: 'accepted' });
    return `{"accepted":1,"event_ids":["${parsed.event.event_id}"]}`;
  }

  async function publish(accepted: readonly MlEvent[], traceparent: string): Promise<void> {
    try {
      await events.publish(accepted, { traceparent });
    } catch (cause) {
      metrics.ingestEvents.inc({ result: 'unavailable' }, accepted.length);
      throw asProblem(cause);
    }
  }

  return async function ingest(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const body = await take(request);
      response.writeHead(202, {
        'content-type': 'application/json',
        'content-length': body.length,
        ...SECURITY_HEADERS,
      });
      response.end(body);
    } catch (error) {
      if (error instanceof ClientGone) return;
      if (!(error instanceof Problem)) log.error({ cause: error }, 'a request failed in a way we do not know');
      sendProblem(
        response,
        error instanceof Problem ? error : new Problem('internal', 'the request failed', { cause: error }),
      );
    }
  };
}

function requireJson({ headers }: IncomingMessage): void {
  const type = headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase();
  if (type !== 'application/json') {
    throw new Problem('unsupported_media_type', 'Content-Type must be application/json');
  }
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') {
    throw new Problem('unsupported_media_type', `Content-Encoding ${encoding} is not supported`);
  }
}

function idempotencyKeyOf({ headers }: IncomingMessage): string | undefined {
  const key = headers['idempotency-key'];
  if (key === undefined) return undefined;
  if (typeof key === 'string' && IDEMPOTENCY_KEY.test(key)) return key;
  throw new Problem('malformed_request', 'Idempotency-Key must be 1 to 255 visible ASCII characters');
}

/** What a failed publish means to the client. */
function asProblem(cause: unknown): Problem {
  if (cause instanceof KafkaUnavailable) {
    return new Problem('kafka_unavailable', 'Kafka did not acknowledge in time', { retryAfterSeconds: 2, cause });
  }
  if (cause instanceof BufferFull) {
    return new Problem('overloaded', 'too much waits for Kafka already', { retryAfterSeconds: 1, cause });
  }
  if (cause instanceof RecordTooLarge) {
    return new Problem('body_too_large', 'an event is too large for its topic', { cause });
  }
  return new Problem('internal', 'the events could not be published', { cause });
}
