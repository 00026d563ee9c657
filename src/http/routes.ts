import type { Scope } from '../access/scopes.ts';

/** One address of the gateway. */
export interface Route {
  readonly method: 'GET' | 'POST';
  /** As OpenAPI writes it: `/api/runs/{run}`. */
  readonly path: string;
  /** What a key needs for it; null is open to everyone. */
  readonly scope: Scope | null;
}

/**
 * The closed list of addresses. What is not here is answered 404 before any handler sees it, so no route can be served
 * without a scope, and `/openapi.json` describes each of them.
 *
 * Open are those that tell nothing of anyone's work: health, which load balancers ask without a key, and the description
 * of the API, which is the same everywhere.
 */
export const ROUTES = {
  postEvents: { method: 'POST', path: '/api/events/ml', scope: 'ingest' },
  live: { method: 'GET', path: '/health/live', scope: null },
  ready: { method: 'GET', path: '/health/ready', scope: null },
  metrics: { method: 'GET', path: '/metrics', scope: 'read' },
  openapi: { method: 'GET', path: '/openapi.json', scope: null },
  docs: { method: 'GET', path: '/docs', scope: null },
  docsFile: { method: 'GET', path: '/docs/{file}', scope: null },
} as const satisfies Readonly<Record<string, Route>>;

export type RouteName = keyof typeof ROUTES;

interface Address {
  readonly pattern: RegExp;
  readonly routes: readonly Route[];
  /** For `Allow`: HEAD is GET without its body. */
  readonly allow: string;
}

/** The routes by their path, each ready to match as Express does: in any case, with or without a slash at the end. */
export function addressesOf(routes: readonly Route[]): readonly Address[] {
  return [...new Set(routes.map(({ path }) => path))].map((path) => {
    const here = routes.filter((route) => route.path === path);
    const methods = here.flatMap(({ method }) => (method === 'GET' ? ['GET', 'HEAD'] : [method]));
    return { pattern: patternOf(path), routes: here, allow: [...methods, 'OPTIONS'].join(', ') };
  });
}

function patternOf(path: string): RegExp {
  const parts = path.split(/\{[^}]+\}/).map((part) => part.replace(/[.*+?^$()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('[^/]+')}${path.endsWith('/') ? '' : '/?'}$`, 'i');
}
