import { jsonReply, type Route } from '../src/http/route.ts';
import type { Platform } from '../src/platform.ts';
import type { Role } from '../src/roles/role.ts';
import type { Work } from '../src/runtime/stage.ts';

const KEPT_POINTS = 100;

/** Serves the metric points that passed while this process was running, the newest first. */
export const recent = {
  kind: 'service',
  name: 'recent',
  summary: 'serves the latest metric points',
  reads: ['ml.events.realtime'],
  writes: [],
  needs: ['kafka', 'registry'],
  start,
} as const satisfies Role;

async function start(platform: Platform): Promise<void> {
  let points: readonly unknown[] = [];
  const consumer: Work = {
    name: recent.name,
    batch: { maxRecords: 1_000, maxBytes: 1_048_576 },
    async handle(records) {
      const latest = records.map(({ content }) => content.record).reverse();
      points = [...latest, ...points].slice(0, KEPT_POINTS);
      return [];
    },
  };
  const route: Route = {
    name: 'listRecentPoints',
    method: 'GET',
    path: '/api/recent',
    scope: 'read',
    operation: {
      summary: 'The latest metric points',
      responses: { 200: { description: 'The points, the newest first.' } },
    },
    handle: () => jsonReply(points),
  };
  platform.serve(route);
  // Every process shows every point, from now on, so it reads in a group of its own that starts at the end.
  for (const topic of recent.reads) await platform.consume(consumer, topic, { group: 'process', from: 'end' });
}
