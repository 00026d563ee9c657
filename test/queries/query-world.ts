import { loadConfig } from '../../src/config.ts';
import { createLog } from '../../src/log.ts';
import { queries } from '../../src/roles/queries.ts';
import { type Serving, serve } from '../../src/serve.ts';
import { openSink } from '../sinks/postgres/open-sink.ts';
import { recordOf } from '../sinks/postgres/records.ts';
import { Tables } from '../sinks/postgres/tables.ts';
import { createWorld, type World } from '../support/world.ts';

/** A server of the role `queries` on tables that a test fills through the sink. */
export interface QueryWorld {
  readonly world: World;
  readonly tables: Tables;
  readonly server: Serving;
  /** Writes events as the role `postgres` does. */
  write(...events: readonly Parameters<typeof recordOf>[0][]): Promise<void>;
  /** GET with the path and query; an answer that is not 200 throws, unless the status is expected. */
  get<T = unknown>(path: string, status?: number): Promise<T>;
  close(): Promise<void>;
}

export async function createQueryWorld(settings: Readonly<Record<string, string>> = {}): Promise<QueryWorld> {
  const world = await createWorld();
  const sink = await openSink(world.databaseUrl);
  const tables = new Tables(world.databaseUrl);
  await tables.open();
  const server = await serve(loadConfig({ ...world.environment, ...settings }), [queries], createLog('silent'));
  return {
    world,
    tables,
    server,
    async write(...events) {
      const rejected = await sink.write(events.map(recordOf));
      if (rejected.length > 0) throw new Error(`rejected: ${rejected[0]?.message}`);
    },
    async get<T>(path: string, status = 200) {
      const response = await fetch(server.url + path);
      const body = await response.text();
      if (response.status !== status) throw new Error(`GET ${path}: ${response.status} ${body.slice(0, 500)}`);
      return JSON.parse(body) as T;
    },
    async close() {
      await server.stop();
      await tables.close();
      await sink.close();
      await world.close();
    },
  };
}

/** A query string; an array is a parameter given several times. */
export const queryString = (given: Readonly<Record<string, unknown>>): string => {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(given)) {
    for (const one of Array.isArray(value) ? value : [value]) query.append(name, String(one));
  }
  return query.size === 0 ? '' : `?${query}`;
};
