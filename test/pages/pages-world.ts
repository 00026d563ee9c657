import { loadConfig } from '../../src/config.ts';
import { createLog } from '../../src/log.ts';
import { artifacts } from '../../src/roles/artifacts.ts';
import { commands } from '../../src/roles/commands.ts';
import { gateway } from '../../src/roles/gateway.ts';
import { live } from '../../src/roles/live.ts';
import { pages } from '../../src/roles/pages.ts';
import { postgres } from '../../src/roles/postgres.ts';
import { queries } from '../../src/roles/queries.ts';
import type { Role } from '../../src/roles/role.ts';
import { router } from '../../src/roles/router.ts';
import { serve } from '../../src/serve.ts';
import { openBrowser, type TestBrowser } from '../support/browser.ts';
import { createWorld } from '../support/world.ts';

/** The system with its pages, and a browser. */
export interface PagesWorld {
  readonly browser: TestBrowser;
  readonly url: string;
  /** The environment of the system, for commands. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly databaseUrl: string;
  /** Posts events and returns once they are accepted. */
  post(...events: readonly object[]): Promise<void>;
  /** Reads JSON from the API. */
  get<T>(path: string): Promise<T>;
  /** Stops the system and starts it again on the same port. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

const ROLES = [gateway, commands, router, postgres, artifacts, queries, live, pages];

/**
 * @param settings further settings of the system.
 * @param more further roles, such as the bridge.
 */
export async function createPagesWorld(
  settings: Readonly<Record<string, string>> = {},
  more: readonly Role[] = [],
): Promise<PagesWorld> {
  const world = await createWorld();
  const environment = { ...world.environment, ...settings };
  const roles = [...ROLES, ...more];
  const browser = await openBrowser();
  const log = createLog('silent');
  let serving = await serve(loadConfig(environment), roles, log);
  const { url } = serving;
  if (url === undefined) throw new Error('the system serves no HTTP');
  return {
    browser,
    url,
    environment,
    databaseUrl: world.databaseUrl,
    async post(...events) {
      const response = await fetch(`${url}/api/events/ml`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(events),
      });
      if (response.status !== 202) throw new Error(`${response.status}: ${await response.text()}`);
    },
    get: async <T>(path: string) => (await (await fetch(`${url}${path}`)).json()) as T,
    async restart() {
      await serving.stop();
      serving = await serve(loadConfig({ ...environment, PORT: new URL(url).port }), roles, log);
    },
    async close() {
      await browser.close();
      await serving.stop();
      await world.close();
    },
  };
}

export const started = (trial_id: string, more: object = {}) => ({
  event: 'ml.trial.start',
  model_run_id: 'study',
  trial_id,
  ...more,
});

export const point = (trial_id: string, step: number, measurements: object, more: object = {}) => ({
  event: 'ml.run.metric',
  model_run_id: 'study',
  trial_id,
  step,
  measurements,
  ...more,
});

export const completed = (trial_id: string, metrics: object, more: object = {}) => ({
  event: 'ml.trial.complete',
  model_run_id: 'study',
  trial_id,
  metrics,
  ...more,
});
