import { bundlePages } from '../pages/bundle-pages.ts';
import { createPageRoutes } from '../pages/page-routes.ts';
import type { Role } from './role.ts';

/** A role of its own, so that the pages can be served by the processes that answer queries, or by none. */
export const pages = {
  kind: 'service',
  name: 'pages',
  summary: 'serves the monitor, the pages of runs and trials, and the comparison',
  reads: [],
  writes: [],
  needs: [],
  async start(platform) {
    platform.serve(...createPageRoutes(await bundlePages()));
  },
} as const satisfies Role;
