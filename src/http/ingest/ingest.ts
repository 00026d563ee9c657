import type { IncomingMessage } from 'node:http';
import type { Access } from '../../access/access.ts';
import { countUntilRead, type Metrics } from '../../metrics.ts';
import type { EventProducer } from '../../producers/event-producer.ts';
import type { IdSource } from '../id-source.ts';
import { Problem, SECURITY_HEADERS } from '../problem.ts';
import { awaitsContinue, type Call } from '../route.ts';
import { answerOf } from './answer.ts';
import { announcedBytes, ClientGone } from './body.ts';
import { type Budget, type Lease, REQUEST_BYTES } from './budget.ts';
import { Intake } from './intake.ts';
import { encodingOf, type Format, formatOf } from './media.ts';
import type { IngestLimits, Posted } from './posted.ts';
import { Publisher } from './publisher.ts';
import { takeJson } from './take-json.ts';
import { takeLines } from './take-lines.ts';

export interface IngestParts {
  readonly events: EventProducer;
  readonly limits: IngestLimits;
  readonly budget: Budget;
  readonly ids: IdSource;
  readonly metrics: Metrics;
}

/** Serves one request whose caller was admitted. Rejects with the error that becomes its problem. */
export type Ingest = (call: Call) => Promise<undefined>;

const TAKE: Readonly<Record<Format, (posted: Posted) => Promise<Intake>>> = { json: takeJson, ndjson: takeLines };
const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,255}$/;

/**
 * `POST /api/events/ml`: takes events, and answers 202 when every in-sync replica has them. docs/gateway.md draws the
 * journey of a request.
 */
export function createIngest(parts: IngestParts): Ingest {
  const { events, limits, budget, ids, metrics } = parts;
  const countEvents = countUntilRead(metrics.ingestEvents, (result) => ({ result }));

  /** Everything the head of a request can be refused for comes before a byte of its body is read. */
  function openPosted(request: IncomingMessage, access: Access, lease: Lease): Posted {
    lease.take(REQUEST_BYTES);
    announcedBytes(request, limits);
    const { headers } = request;
    const idempotencyKey = idempotencyKeyOf(headers['idempotency-key']);
    return {
      ...{ request, encoding: encodingOf(request), access, lease, limits },
      begin(alone) {
        const receivedAt = Date.now();
        const { maxEvents, event } = limits;
        const intake = new Intake({
          maxEvents,
          limits: event,
          ids,
          faultOf: access.faultOf,
          idempotencyKey,
          receivedAt,
          alone,
          metrics,
        });
        const traceparent = ids.traceparent(headers.traceparent as string | undefined);
        return { intake, publisher: new Publisher(events, intake, traceparent, countEvents) };
      },
    };
  }

  return async function ingest({ request, response, access }) {
    const lease = budget.lease();
    try {
      const take = TAKE[formatOf(request)];
      const posted = openPosted(request, access, lease);
      if (awaitsContinue(request)) response.writeContinue();
      const { status, body, encoding } = answerOf(await take(posted));
      response.writeHead(status, {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body, encoding),
        ...SECURITY_HEADERS,
        ...access.headers(),
      });
      response.end(body, encoding);
    } catch (error) {
      // No one is left to answer.
      if (!(error instanceof ClientGone)) throw error;
    } finally {
      lease.release();
    }
  };
}

function idempotencyKeyOf(key: string | string[] | undefined): string | undefined {
  if (key === undefined) return undefined;
  if (typeof key === 'string' && IDEMPOTENCY_KEY.test(key)) return key;
  throw new Problem('malformed_request', 'Idempotency-Key must be 1 to 255 visible ASCII characters');
}
