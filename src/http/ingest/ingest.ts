import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Access } from '../../access/access.ts';
import type { Client } from '../../access/client.ts';
import { readSentAt } from '../../events/clock-skew.ts';
import { observeUntilRead } from '../../metrics/observe-until-read.ts';
import { countUntilRead } from '../../metrics/when-read.ts';
import type { Metrics } from '../../metrics.ts';
import type { EventProducer } from '../../producers/event-producer.ts';
import { type Budget, REQUEST_BYTES, type Reservation } from '../budget.ts';
import type { IdSource } from '../id-source.ts';
import { readIdempotencyKey } from '../idempotency-key.ts';
import { SECURITY_HEADERS } from '../problem.ts';
import { awaitsContinue, type Call } from '../route.ts';
import { answerOf } from './answer.ts';
import { EventNamer } from './event-namer.ts';
import { type IngestCounts, Intake } from './intake.ts';
import { announcedBytes, type IngestLimits } from './limits.ts';
import { encodingOf, type Format, formatOf } from './media.ts';
import type { Post } from './post.ts';
import { takeJson } from './take-json.ts';
import { takeLines } from './take-lines.ts';
import { Turns } from './turns.ts';
import { ClientGone } from './wire-body.ts';

export interface IngestParts {
  readonly events: EventProducer;
  readonly limits: IngestLimits;
  readonly budget: Budget;
  readonly ids: IdSource;
  readonly metrics: Metrics;
}

/** Serves one request whose caller was admitted. Rejects with the error that becomes its problem. */
export type Ingest = (call: Call) => Promise<undefined>;

const TAKE: Readonly<Record<Format, (post: Post, intake: Intake) => Promise<void>>> = {
  json: takeJson,
  ndjson: takeLines,
};

/**
 * `POST /api/events/ml`: takes events, and answers 202 when every in-sync replica has them. docs/gateway.md draws the
 * journey of a request.
 */
export function createIngest(parts: IngestParts): Ingest {
  const { events, limits, budget, ids, metrics } = parts;
  const turns = new Turns();
  const observeSeconds = observeUntilRead(metrics.ingestSeconds)({});
  const count: IngestCounts = {
    events: countUntilRead(metrics.ingestEvents, (result) => ({ result })),
    faults: countUntilRead(metrics.ingestFaults, (code) => ({ code })),
  };

  /** Refuses the request for anything that its head shows, before a byte of its body is read. */
  function openPost(request: IncomingMessage, format: Format, access: Access, lease: Reservation): Post {
    access.requireCredit();
    const encoding = encodingOf(request);
    const announced = announcedBytes(request, limits.maxBodyBytes) ?? 0;
    lease.take(REQUEST_BYTES);
    if (format === 'json' && encoding === 'identity') lease.require(announced);
    return { request, encoding, announced, access, lease, limits, turns, arrivedAt: undefined };
  }

  function openIntake(request: IncomingMessage, access: Access): Intake {
    const { headers } = request;
    const { client } = access;
    const namer = namerOf(readIdempotencyKey(request), client);
    const traceparent = ids.traceparent(headers.traceparent as string | undefined);
    const sentAt = readSentAt(headers['thunderline-sent-at']);
    return new Intake({
      events,
      ids,
      limits,
      turns,
      client,
      count,
      namer,
      traceparent,
      sentAt,
      faultOf: access.faultOf,
    });
  }

  return async function ingest({ request, response, access, traceId }) {
    const lease = budget.lease(access.client);
    try {
      const format = formatOf(request);
      const post = openPost(request, format, access, lease);
      const intake = openIntake(request, access);
      if (awaitsContinue(request)) response.writeContinue();
      await TAKE[format](post, intake);
      const outcome = intake.outcome();
      const { arrivedAt } = post;
      if (outcome.accepted > 0 && arrivedAt !== undefined) {
        observeSeconds((performance.now() - arrivedAt) / 1_000, traceId);
      }
      const { status, body, encoding } = answerOf(outcome);
      response.writeHead(status, {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body, encoding),
        ...SECURITY_HEADERS,
        ...access.headers(),
      });
      response.end(body, encoding);
      releaseWhenSent(lease, response);
    } catch (error) {
      if (error instanceof ClientGone || response.destroyed) lease.release();
      // The caller answers with a problem, which may list as many faults as fit into the bytes that the request holds.
      else response.once('close', () => lease.release());
      if (!(error instanceof ClientGone)) throw error;
    }
    return undefined;
  };
}

/** An answer that the client does not read stays in memory, so it counts until it is written to the socket. */
function releaseWhenSent(lease: Reservation, response: ServerResponse): void {
  const unsent = response.destroyed ? 0 : response.writableLength;
  lease.hold(unsent);
  if (unsent > 0) response.once('close', () => lease.release());
}

/** Names the events of a request by its `Idempotency-Key`; without an API key, all clients share one set of names. */
function namerOf(key: string | undefined, client: Client): EventNamer | undefined {
  return key === undefined ? undefined : new EventNamer(client.startsWith('key:') ? client : 'anyone', key);
}
