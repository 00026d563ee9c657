import { once } from 'node:events';
import { connect } from 'node:net';
import { loadConfig } from '../../src/config.ts';
import type { MlEvent } from '../../src/events/event.ts';
import { createBudget } from '../../src/http/budget.ts';
import { createIngestRoute } from '../../src/http/ingest/ingest-route.ts';
import { type HttpServer, startHttp } from '../../src/http/server.ts';
import { createLog } from '../../src/log.ts';
import { createMetrics, type Metrics } from '../../src/metrics.ts';
import type { EventProducer } from '../../src/producers/event-producer.ts';
import { type Answer, ask } from '../support/ask.ts';

/** A gateway whose Kafka is the test: it keeps the published events, and the test decides when they are acknowledged. */
export interface TestGateway extends HttpServer {
  readonly metrics: Metrics;
  /** Everything published so far, in order. */
  readonly published: readonly MlEvent[];
  /** The gauge of the bytes of requests that it holds. */
  heldBytes(): Promise<number>;
  close(): Promise<void>;
}

/** Called with each batch before it is acknowledged; an error that it throws is the error of Kafka. */
export type OnPublish = (events: readonly MlEvent[]) => Promise<void> | void;

export async function startGateway(
  settings: Readonly<Record<string, string>> = {},
  onPublish: OnPublish = () => undefined,
): Promise<TestGateway> {
  const config = loadConfig({ PORT: '0', ...settings });
  const metrics = createMetrics();
  const published: MlEvent[] = [];
  const events: EventProducer = {
    async publish(batch) {
      await onPublish(batch);
      published.push(...batch);
    },
  };
  const budget = createBudget(config.ingest.maxBytesInFlight, {
    bytes: metrics.ingestBytes,
    overloads: metrics.ingestOverloads,
  });
  const routes = [createIngestRoute({ config: config.ingest, events, budget, metrics })];
  const server = await startHttp({ config, log: createLog('silent'), metrics, live: [], ready: [], routes });
  return {
    ...server,
    metrics,
    published,
    heldBytes: async () => (await metrics.ingestBytes.get()).values[0]?.value ?? 0,
    close: () => server.stop(),
  };
}

/** The fields of an answer to posted events, a problem or not. */
interface IngestAnswer {
  readonly code?: string;
  readonly detail?: string;
  readonly accepted?: number;
  readonly event_ids?: readonly (string | null)[];
  readonly rejected?: readonly { readonly index: number; readonly code: string; readonly path: string }[];
  readonly rejected_omitted?: number;
  readonly retry_from?: number;
}

/** Posts a body: text and bytes as they are, anything else as JSON. */
export function post(
  url: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer<IngestAnswer>> {
  const raw = typeof body === 'string' || body instanceof Uint8Array ? (body as string) : JSON.stringify(body);
  const all = { 'content-type': 'application/json', ...headers };
  return ask<IngestAnswer>(`${url}/api/events/ml`, { method: 'POST', headers: all, body: raw });
}

export const NDJSON = { 'content-type': 'application/x-ndjson' };

/** A good event. */
export const METRIC = { event: 'ml.run.metric', trial_id: 't-1', step: 3, measurements: { loss: 0.5 } };

export const metric = (step: number) => ({ ...METRIC, step });

/** Sends bytes unchanged, and returns everything that the server sends until it closes the connection. */
export async function talk(port: number, ...parts: readonly (string | Uint8Array)[]): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  for (const part of parts) socket.write(part);
  await once(socket, 'close');
  return Buffer.concat(chunks).toString();
}

/** The statuses of the answers in what {@link talk} returned, in order. */
export const statuses = (answers: string): number[] =>
  [...answers.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));

/** A request of this body, as it goes over the wire. */
export const requestOf = (body: string, headers: Readonly<Record<string, string>> = {}): string => {
  const all = {
    host: 'localhost',
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    ...headers,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `POST /api/events/ml HTTP/1.1\r\n${lines.join('')}\r\n${body}`;
};
