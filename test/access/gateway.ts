import { issueKey } from '../../src/access/issue-key.ts';
import type { Scope } from '../../src/access/scopes.ts';
import { type AccessStore, connectAccessStore } from '../../src/access/tables/access-store.ts';
import type { ApiKeyStore, NewKey } from '../../src/access/tables/api-keys.ts';
import { loadConfig } from '../../src/config.ts';
import { createLog } from '../../src/log.ts';
import { commands } from '../../src/roles/commands.ts';
import { gateway } from '../../src/roles/gateway.ts';
import type { Role } from '../../src/roles/role.ts';
import { type Serving, serve } from '../../src/serve.ts';
import { migrate } from '../../src/store/migrate.ts';
import type { Answer } from '../support/ask.ts';
import * as support from '../support/ask.ts';
import { until } from '../support/until.ts';
import { createWorld, type World } from '../support/world.ts';

export const EVENT = { event: 'ml.trial.start', model_run_id: 'run', trial_id: 'trial' };

/** A world whose gateways have keys. */
export interface KeyedWorld {
  readonly world: World;
  readonly keys: ApiKeyStore;
  readonly store: AccessStore;
  issue(scopes: readonly Scope[], about?: Partial<NewKey>): Promise<{ readonly id: string; readonly key: string }>;
  /** Starts a gateway; `settings` override the environment, `roles` are served besides. */
  start(settings?: Readonly<Record<string, string>>, ...roles: readonly Role[]): Promise<Serving>;
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
    async start(settings = {}, ...roles) {
      const config = loadConfig({
        ...world.environment,
        ARTIFACT_PREFIX: `${world.bucketPrefix}artifacts`,
        ...settings,
      });
      const serving = await serve(config, [gateway, commands, ...roles], log);
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

/** Sends a request with a key; one with a space in it is a whole Authorization header. */
export function ask(url: string, key: string | undefined, options: RequestInit = {}): Promise<Answer> {
  const authorization = key === undefined ? {} : { authorization: key.includes(' ') ? key : `Bearer ${key}` };
  return support.ask(url, { ...options, headers: { ...authorization, ...options.headers } });
}

export const post = (serving: Serving, key: string | undefined, ...events: readonly object[]): Promise<Answer> =>
  ask(`${serving.url}/api/events/ml`, key, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(events.length === 1 ? events[0] : events),
  });

/** Repeats a request until its answer has this status, and resolves with that answer. */
export const untilAnswered = (status: number, send: () => Promise<Answer>): Promise<Answer> =>
  until(
    `an answer with status ${status}`,
    170_000,
    async () => {
      const answer = await send();
      return answer.status === status && answer;
    },
    10,
  );
