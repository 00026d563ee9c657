import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Access, Authenticate } from '../../access/access.ts';
import type { Log } from '../../log.ts';
import { countUntilRead, type Metrics } from '../../metrics.ts';
import type { EventProducer } from '../../producers/event-producer.ts';
import type { Phase } from '../drain.ts';
import type { IdSource } from '../id-source.ts';
import { Problem, SECURITY_HEADERS } from '../problem.ts';
import { problemOfError } from '../problem-of-error.ts';
import { sendProblemAndDrainBody } from '../send-problem.ts';
import { answerOf } from './answer.ts';
import { announcedBytes, ClientGone } from './body.ts';
import { type Budget, type Lease, REQUEST_BYTES } from './budget.ts';
import { Intake } from './intake.ts';
import { encodingOf, type Format, formatOf } from './media.ts';
import type { IngestLimits, Posted } from './posted.ts';
import { Publisher } from './publisher.ts';
import { takeJson } from './take-json.ts';
import { takeLines } from './take-lines.ts';

export const INGEST_PATH = '/api/events/ml';

export interface IngestParts {
  readonly events: EventProducer;
  readonly authenticate: Authenticate;
  readonly limits: IngestLimits;
  readonly budget: Budget;
  readonly ids: IdSource;
  readonly phase: Readonly<Phase>;
  readonly log: Log;
  readonly metrics: Metrics;
}

/** Serves one request; `awaitsContinue` when its client sends the body only once it is told to. Never rejects. */
export type Ingest = (request: IncomingMessage, response: ServerResponse, awaitsContinue: boolean) => Promise<void>;

const TAKE: Readonly<Record<Format, (posted: Posted) => Promise<Intake>>> = { json: takeJson, ndjson: takeLines };
const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,255}$/;

/**
 * `POST /api/events/ml`: takes events, and answers 202 when every in-sync replica has them. docs/gateway.md draws the
 * journey of a request.
 */
export function createIngest(parts: IngestParts): Ingest {
  const { events, authenticate, limits, budget, ids, phase, log, metrics } = parts;
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
        const intake = new Intake({ maxEvents, limits: event, ids, idempotencyKey, receivedAt, alone, metrics });
        const traceparent = ids.traceparent(headers.traceparent as string | undefined);
        return { intake, publisher: new Publisher(events, intake, traceparent, countEvents) };
      },
    };
  }

  async function serve(request: IncomingMessage, response: ServerResponse, awaitsContinue: boolean, lease: Lease) {
    if (phase.stopping) throw new Problem('shutting_down', 'the gateway is stopping', { retryAfterSeconds: 1 });
    const admitted = authenticate(request, 'ingest');
    const access = admitted instanceof Promise ? await admitted : admitted;
    const take = TAKE[formatOf(request)];
    const posted = openPosted(request, access, lease);
    if (awaitsContinue) response.writeContinue();
    const { status, body, encoding } = answerOf(await take(posted));
    response.writeHead(status, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body, encoding),
      ...SECURITY_HEADERS,
      ...access.headers(),
    });
    response.end(body, encoding);
  }

  return async function ingest(request, response, awaitsContinue) {
    const lease = budget.lease();
    try {
      await serve(request, response, awaitsContinue, lease);
    } catch (error) {
      if (error instanceof ClientGone) return;
      const problem = problemOfError(error);
      if (problem.code === 'internal') log.error({ cause: error }, 'a request failed in a way we do not know');
      sendProblemAndDrainBody(request, response, problem);
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
