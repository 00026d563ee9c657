import { createBudget } from '../http/budget.ts';
import { createIngestRoute } from '../http/ingest/ingest-route.ts';
import type { Role } from './role.ts';

export const gateway = {
  kind: 'service',
  name: 'gateway',
  summary: 'accepts events over HTTP',
  reads: [],
  writes: ['ml.events'],
  needs: ['kafka', 'registry'],
  async start(platform) {
    const { config, telemetry } = platform;
    const events = await platform.events();
    const { metrics } = telemetry;
    const budget = createBudget(config.ingest.maxBytesInFlight, {
      bytes: metrics.ingestBytes,
      overloads: metrics.ingestOverloads,
    });
    platform.health.ready(budget.probe);
    platform.serve(createIngestRoute({ config: config.ingest, events, budget, metrics }));
  },
} as const satisfies Role;
