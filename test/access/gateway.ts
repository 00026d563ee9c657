import { issueKey } from '../../src/access/issue-key.ts';
import type { Scope } from '../../src/access/scopes.ts';
import { type AccessStore, connectAccessStore } from '../../src/access/tables/access-store.ts';
import type { ApiKeyStore, NewKey } from '../../src/access/tables/api-keys.ts';
import { loadConfig } from '../../src/config.ts';
import { createLog } from '../../src/log.ts';
import { gateway } from '../../src/roles/gateway.ts';
import { type Serving, serve } from '../../src/serve.ts';
import { migrate } from '../../src/store/migrate.ts';
import { eventually } from '../support/eventually.ts';
import { createWorld, type World } from '../support/world.ts';

export const EVENT = { event: 'ml.trial.start', model_run_id: 'run', trial_id: 'trial' };

/** What a gateway said. */
export interface Said {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Readonly<Record<string, unknown>>;
}

/** A world whose gateways have keys. */
export interface KeyedWorld {
  readonly world: World;
  readonly keys: ApiKeyStore;
  readonly store: AccessStore;
  issue(scopes: readonly Scope[], about?: Partial<NewKey>): Promise<{ readonly id: string; readonly key: string }>;
  /** Starts a gateway there; `settings` go over the environment of the world. */
  start(settings?: Readonly<Record<string, string>>): Promise<Serving>;
  close(): Promise<void>;
}

const log = createLog('silent');

export async function createKeyedWorld(): Promise<KeyedWorld> {
  const world = await createWorld();
  await migrate(world.databaseUrl);
  const store = connectAccessStore(world.databaseUrl, log);
  const { keys } = store;
  const started: Serving[] = [];
  return {
    world,
    keys,
    store,
    issue: (scopes, about) =>
      issueKey(keys, { name: scopes.join('+'), scopes, runPrefix: '', expiresAt: null, ...about }, 'tester@host'),
    async start(settings = {}) {
      const serving = await serve(loadConfig({ ...world.environment, ...settings }), [gateway], log);
      started.push(serving);
      return serving;
    },
    async close() {
      await Promise.all(started.map((serving) => serving.stop()));
      await store.close();
      await world.close();
    },
  };
}

export async function ask(url: string, key: string | undefined, options: RequestInit = {}): Promise<Said> {
  const authorization = key === undefined ? {} : { authorization: key.includes(' ') ? key : `Bearer ${key}` };
  const response = await fetch(url, { ...options, headers: { ...authorization, ...options.headers } });
  const text = await response.text();
  const isJson = /json/.test(response.headers.get('content-type') ?? '');
  return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : { text } };
}

export const post = (serving: Serving, key: string | undefined, ...events: readonly object[]): Promise<Said> =>
  ask(`${serving.url}/api/events/ml`, key, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(events.length === 1 ? events[0] : events),
  });

/** The first answer with this status, of those that asking again and again brings. */
export async function until(status: number, make: () => Promise<Said>): Promise<Said> {
  let said = await make();
  await eventually(async () => {
    if (said.status !== status) said = await make();
    return said.status === status;
  });
  return said;
}
