import type { Log } from '../log.ts';
import { createApp } from './app.ts';
import { createCheckHead } from './check-head.ts';
import type { ApplyCors } from './cors.ts';
import type { Phase } from './drain.ts';
import type { Exchange } from './exchanges.ts';
import type { RouteTable } from './route-table.ts';
import { sendProblemAndDrainBody } from './send-problem.ts';
import type { ServeRoute } from './serve-route.ts';

export interface DispatchParts {
  readonly table: RouteTable;
  readonly serveRoute: ServeRoute;
  readonly phase: Readonly<Phase>;
  /** Whether everyone is admitted, because there is no API key. */
  readonly isOpen: () => boolean;
  /** Whether routes may still be added to the table. */
  readonly isStarting: () => boolean;
  readonly cors: ApplyCors | undefined;
  readonly log: Log;
}

/** Creates the function that serves each request of a server: it checks the head and finds the route. */
export function createDispatch(parts: DispatchParts): (exchange: Exchange) => void {
  const { table, serveRoute, phase, isOpen, cors } = parts;
  const app = createApp(parts);
  const checkHead = createCheckHead(isOpen);
  return (exchange) => {
    const { request, response } = exchange;
    if (phase.leaving) response.shouldKeepAlive = false;
    const problem = checkHead(request);
    if (problem !== undefined) {
      sendProblemAndDrainBody(request, response, problem);
      return;
    }
    cors?.(request, response);
    const route = table.exact(request.method, request.url);
    // Express costs two thirds of a small request, so a URL that is exactly a route's path is served without it.
    if (route === undefined) app(exchange);
    else {
      exchange.route = route.path;
      void serveRoute(route, exchange, NO_PARAMETERS);
    }
  };
}

const NO_PARAMETERS = {};
