import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { bareEnvironment } from './bare-environment.ts';
import { type Command, type GuardedProcess, runGuarded, startGuarded } from './guard.ts';
import { groupsFolder } from './home.ts';
import { installOnce } from './install.ts';
import { logTail } from './log-tail.ts';
import type { Part, Secrets, Site, SiteCommand, Variables } from './part.ts';
import type { HeldPort } from './ports.ts';
import type { Progress } from './progress.ts';
import type { Turns } from './turns.ts';

const PROBE_EVERY_MS = 100;

export interface SiteOptions {
  readonly home: string;
  readonly parts: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly progress: Progress;
  readonly secrets: Secrets;
  readonly variables: Variables;
  readonly signal: AbortSignal;
  readonly turns: Turns;
}

/** A part at work: what it may use, and what became of it. */
export interface Worksite {
  readonly site: Site;
  /** Resolves with what happened when the server ends; it never does before it was started. */
  readonly died: Promise<Error>;
  stop(): Promise<void>;
}

export function createWorksite(part: Part, held: readonly HeldPort[], options: SiteOptions): Worksite {
  const { home, parts, environment, progress, secrets, variables, signal, turns } = options;
  const data = join(home, 'data', part.name);
  const logPath = join(home, 'logs', `${part.name}.log`);
  let server: GuardedProcess | undefined;
  let tellDied: (error: Error) => void = () => {};
  const died = new Promise<Error>((resolve) => {
    tellDied = resolve;
  });

  const commandOf = (given: SiteCommand, purpose: 'serve' | 'prepare'): Command => {
    const suffix = purpose === 'serve' ? '' : '-prepare';
    return {
      environment: bareEnvironment(environment, given.variables),
      cwd: existsSync(data) ? data : home,
      ...given,
      logPath: logPath.replace('.log', `${suffix}.log`),
      pidFile: join(groupsFolder(home), `${part.name}${suffix}.json`),
    };
  };

  const site: Site = {
    home,
    parts,
    data,
    ports: held.map(({ port }) => port),
    secrets,
    variables,
    environment,
    signal,
    report: (doing) => progress.report(part.name, doing),

    async install(directory, what, fill) {
      if (existsSync(directory)) return;
      site.report(`fetching ${what}`);
      await installOnce(directory, fill);
    },

    run: (what, given) => turns(given.turn, () => runGuarded(commandOf(given, 'prepare'), what, signal)),

    async start(given) {
      signal.throwIfAborted();
      mkdirSync(data, { recursive: true });
      await Promise.all(held.map((port) => port.release()));
      const started = startGuarded(commandOf(given, 'serve'));
      server = started;
      void started.exited.then((end) => {
        const last = `the end of ${logPath}:\n${logTail(logPath)}`;
        tellDied(new Error(`${part.title} ended (${end}), which takes the other parts along; ${last}`));
      });
    },

    async ready(probe, timeoutMs) {
      let over: Error | undefined;
      void died.then((error) => {
        over = error;
      });
      const deadline = Date.now() + timeoutMs;
      for (;;) {
        signal.throwIfAborted();
        if (over) throw over;
        try {
          return await probe();
        } catch (error) {
          if (Date.now() > deadline) {
            const reason = `${part.title} was not ready after ${timeoutMs / 1000} s (${(error as Error).message})`;
            throw new Error(`${reason}; the end of ${logPath}:\n${logTail(logPath)}`, { cause: error });
          }
        }
        await delay(PROBE_EVERY_MS);
      }
    },
  };

  return {
    site,
    died,
    async stop() {
      await Promise.all(held.map((port) => port.release()));
      await server?.stop();
    },
  };
}
