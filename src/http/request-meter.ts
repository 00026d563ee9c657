import { observeUntilRead } from '../metrics/observe-until-read.ts';
import { countUntilRead } from '../metrics/when-read.ts';
import type { Metrics } from '../metrics.ts';

/** Notes the end of a request for the metrics: the path pattern of its route, its status, and its duration in seconds. */
export type NoteRequest = (route: string, status: number, seconds: number) => void;

/** The series of one route. */
interface RouteSeries {
  readonly observe: (seconds: number) => void;
  /** Keys of the counter by status, kept because a new text would be hashed for each request. */
  readonly keys: Map<number, string>;
}

const STATUS_LENGTH = 3;

export function createRequestMeter(metrics: Pick<Metrics, 'httpRequests' | 'httpSeconds'>): NoteRequest {
  const count = countUntilRead(metrics.httpRequests, (key) => ({
    status: key.slice(0, STATUS_LENGTH),
    route: key.slice(STATUS_LENGTH),
  }));
  const observeOf = observeUntilRead(metrics.httpSeconds);
  const routes = new Map<string, RouteSeries>();

  function seriesOf(route: string): RouteSeries {
    const series = { observe: observeOf({ route }), keys: new Map<number, string>() };
    routes.set(route, series);
    return series;
  }

  return (route, status, seconds) => {
    const { observe, keys } = routes.get(route) ?? seriesOf(route);
    const key = keys.get(status) ?? `${status}${route}`;
    keys.set(status, key);
    count(key, 1);
    observe(seconds);
  };
}
