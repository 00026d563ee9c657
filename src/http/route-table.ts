import { Problem } from './problem.ts';
import type { Route } from './route.ts';

/**
 * The path of the route that answers a browser that navigates to an address of no other route. It is no part of the API, and
 * `/openapi.json` does not describe it.
 */
export const ANY_PAGE = '*';

/** The routes with one path. */
export interface PathRoutes {
  readonly path: string;
  readonly pattern: RegExp;
  readonly routes: Route[];
}

/** A path that matched, with the decoded values of its parameters. */
export interface Match {
  readonly address: PathRoutes;
  readonly parameters: Readonly<Record<string, string>>;
}

/**
 * The routes of a server. A request that matches none of them is answered 404 before any handler sees it, so no handler
 * can run without its route's scope.
 */
export class RouteTable {
  readonly #addresses = new Map<string, PathRoutes>();
  /** Paths without parameters come first: they take precedence, however their URL is spelled. */
  #byPrecedence: readonly PathRoutes[] = [];
  /** Routes without parameters, by their URL and method. */
  readonly #exact = new Map<string, Map<string, Route>>();

  #unknownPage: Route | undefined;

  /** The route of {@link ANY_PAGE}, if it was added. */
  get unknownPage(): Route | undefined {
    return this.#unknownPage;
  }

  /** Adds routes. Throws if a method and path, or a name, is used twice. */
  add(...routes: readonly Route[]): void {
    for (const route of routes) {
      const { path, method, name } = route;
      if (path === ANY_PAGE) {
        this.#unknownPage = route;
        continue;
      }
      const taken = this.list().find(
        (other) => other.name === name || (other.method === method && other.path === path),
      );
      if (taken !== undefined) throw new Error(`route ${name} (${method} ${path}) conflicts with ${taken.name}`);
      const address = this.#addresses.get(path) ?? { path, pattern: patternOf(path), routes: [] };
      address.routes.push(route);
      this.#addresses.set(path, address);
      if (isPattern(path)) continue;
      const methods = this.#exact.get(path) ?? new Map<string, Route>();
      this.#exact.set(path, methods.set(method, route));
    }
    this.#byPrecedence = [...this.#addresses.values()].toSorted(
      (a, b) => Number(isPattern(a.path)) - Number(isPattern(b.path)),
    );
  }

  list(): readonly Route[] {
    return [...this.#addresses.values()].flatMap(({ routes }) => routes);
  }

  /** Returns the route whose path is exactly this URL. Any other spelling of the path needs {@link match}. */
  exact(method: string | undefined, url: string | undefined): Route | undefined {
    return this.#exact.get(url as string)?.get(method as string);
  }

  /**
   * Matches a path as Express does: case-insensitively, with or without a slash at the end. Throws the `Problem`
   * malformed_request if a parameter cannot be decoded.
   */
  match(path: string): Match | undefined {
    for (const address of this.#byPrecedence) {
      const found = address.pattern.exec(path);
      if (found !== null) return { address, parameters: decoded(found.groups ?? {}) };
    }
    return undefined;
  }
}

/** The route of an address for a method. HEAD is served as GET. */
export const routeFor = ({ routes }: PathRoutes, method: string | undefined): Route | undefined =>
  routes.find((route) => route.method === (method === 'HEAD' ? 'GET' : method));

/** The value of `Allow` for an address. */
export const allowOf = ({ routes }: PathRoutes): string =>
  [...routes.flatMap(({ method }) => (method === 'GET' ? ['GET', 'HEAD'] : [method])), 'OPTIONS'].join(', ');

const isPattern = (path: string): boolean => path.includes('{');

function patternOf(path: string): RegExp {
  const source = path
    .split(/(\{\w+\})/)
    .map((part) =>
      part.startsWith('{') ? `(?<${part.slice(1, -1)}>[^/]+)` : part.replace(/[.*+?^$()|[\]\\]/g, '\\$&'),
    );
  return new RegExp(`^${source.join('')}${path.endsWith('/') ? '' : '/?'}$`, 'i');
}

/** Decodes percent-encoded values. Throws the `Problem` malformed_request. */
function decoded(groups: Readonly<Record<string, string>>): Record<string, string> {
  try {
    return Object.fromEntries(Object.entries(groups).map(([name, value]) => [name, decodeURIComponent(value)]));
  } catch {
    throw new Problem('malformed_request', 'the path is not valid percent-encoded UTF-8');
  }
}
