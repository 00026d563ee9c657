import { EVENT_LIMITS } from '../../events/fault.ts';
import type { Metrics } from '../../metrics.ts';
import type { EventProducer } from '../../producers/event-producer.ts';
import type { Budget } from '../budget.ts';
import { createIdSource } from '../id-source.ts';
import type { Route } from '../route.ts';
import { createIngest } from './ingest.ts';
import { ingestOperation } from './ingest-operation.ts';
import type { IngestLimits } from './limits.ts';
import type { IngestConfig } from './options.ts';

export interface IngestRouteParts {
  readonly config: IngestConfig;
  readonly events: EventProducer;
  readonly budget: Budget;
  readonly metrics: Metrics;
}

/** `POST /api/events/ml`. */
export function createIngestRoute({ config, events, budget, metrics }: IngestRouteParts): Route {
  const limits = ingestLimits(config);
  return {
    name: 'postEvents',
    method: 'POST',
    path: '/api/events/ml',
    scope: 'ingest',
    boundKeys: 'handler',
    operation: ingestOperation(limits),
    handle: createIngest({ events, limits, budget, ids: createIdSource(), metrics }),
  };
}

function ingestLimits(config: Omit<IngestConfig, 'maxBytesInFlight'>): IngestLimits {
  const { maxDepth, maxKeys, maxMetrics, maxTextLength, maxEventBytes } = config;
  const event = { ...EVENT_LIMITS, maxDepth, maxKeys, maxMetrics, maxTextLength };
  // The fields of one event hold at most three objects of free-form JSON, and its metrics stand in at most four places.
  const maxEntries = 3 * maxKeys + 4 * maxMetrics;
  return { ...config, event, json: { maxBytes: maxEventBytes, maxEntries, maxExactEntries: maxKeys + maxMetrics } };
}
