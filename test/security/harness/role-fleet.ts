import { freePort } from '../../../dev/stack/ports.ts';
import { loadConfig } from '../../../src/config.ts';
import { createLog } from '../../../src/log.ts';
import { ROLES, type RoleName } from '../../../src/pipeline.ts';
import type { Health } from '../../../src/runtime/health.ts';
import { type Serving, serve } from '../../../src/serve.ts';

const FIRST_PORT = 31_000;

type Environment = Readonly<Record<string, string | undefined>>;

/** Every role as a process of its own would run it, with settings of its own. */
export interface RoleFleet {
  urlOf(role: RoleName): string;
  /** The problems that `/health/ready` of a role reports; empty when it is ready. */
  problems(role: RoleName): Promise<string>;
  stop(): Promise<void>;
}

/** Starts all roles, and does not wait for them. @param environmentOf the settings of a role. */
export async function startFleet(environmentOf: (role: RoleName) => Environment): Promise<RoleFleet> {
  const urls = new Map<RoleName, string>();
  const starting: Promise<Serving>[] = [];
  const giveUp = new AbortController();
  let port = FIRST_PORT;
  for (const role of ROLES) {
    port = await freePort(port + 1);
    urls.set(role.name, `http://127.0.0.1:${port}`);
    const config = loadConfig({ ...environmentOf(role.name), PORT: String(port) });
    starting.push(serve(config, [role], createLog('silent'), giveUp.signal));
  }
  const urlOf = (role: RoleName): string => urls.get(role) ?? '';
  return {
    urlOf,

    async problems(role) {
      const response = await fetch(`${urlOf(role)}/health/ready`, { signal: AbortSignal.timeout(5_000) });
      const { checks } = (await response.json()) as Health;
      return Object.values(checks)
        .filter((problem) => problem !== null)
        .join('; ');
    },

    async stop() {
      giveUp.abort(new Error('the test is over'));
      await Promise.allSettled(starting.map(async (start) => (await start).stop()));
    },
  };
}
