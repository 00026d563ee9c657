import type { RequestHandler } from 'express';
import type { Authenticate } from '../access/access.ts';
import { Problem } from './problem.ts';
import { addressesOf, type Route } from './routes.ts';

/**
 * Lets a request pass to its handler when its address is in the table, with this method, and its caller has the scope.
 * Everything else is answered here: 404, 405, 204 for OPTIONS, and what {@link Authenticate} throws.
 */
export function createGuard(routes: readonly Route[], authenticate: Authenticate): RequestHandler {
  const addresses = addressesOf(routes);
  return async (request, response, next) => {
    const address = addresses.find(({ pattern }) => pattern.test(request.path));
    if (address === undefined) throw new Problem('not_found', `there is nothing at ${request.path.slice(0, 200)}`);
    const { allow } = address;
    if (request.method === 'OPTIONS') {
      response.set('allow', allow).status(204).end();
      return;
    }
    const method = request.method === 'HEAD' ? 'GET' : request.method;
    const route = address.routes.find((candidate) => candidate.method === method);
    if (route === undefined) {
      const message = `${request.method} is not for this address; it has ${allow}`;
      throw new Problem('method_not_allowed', message, { headers: { allow } });
    }
    if (route.scope !== null) response.set((await authenticate(request, route.scope)).headers());
    next();
  };
}
