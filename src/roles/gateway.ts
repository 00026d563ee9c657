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
    platform.serve(createIngestRoute({ config: config.ingest, events, metrics: telemetry.metrics }));
  },
} as const satisfies Role;
