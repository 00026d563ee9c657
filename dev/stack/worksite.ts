import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Part, Secrets, Site, Variables } from '../parts/part.ts';
import { type GuardedProcess, startGuarded } from './guard.ts';
import { createInstaller, type InstallerOptions, wholeCommand } from './installer.ts';
import { logTail } from './log-tail.ts';
import type { HeldPort } from './ports.ts';

const PROBE_EVERY_MS = 100;
const PROBE_TIMEOUT_MS = 30_000;
/** For a server that hangs: a slow one on a busy machine is let be, and one that dies is noticed at once. */
const READY_TIMEOUT_MS = 300_000;

/** A server that is coming up may accept a connection and never answer on it. */
async function noAnswer(): Promise<never> {
  await delay(PROBE_TIMEOUT_MS, undefined, { ref: false });
  throw new Error(`no answer in ${PROBE_TIMEOUT_MS / 1000} s`);
}

export interface SiteOptions extends InstallerOptions {
  readonly secrets: Secrets;
  readonly variables: Variables;
}

/** A part at work: what it may use, and what became of it. */
export interface Worksite {
  readonly site: Site;
  /** Resolves with what happened when the server ends; it never does before it was started. */
  readonly died: Promise<Error>;
  stop(): Promise<void>;
}

export function createWorksite(part: Part, held: readonly HeldPort[], options: SiteOptions): Worksite {
  const { home, progress, secrets, variables, signal } = options;
  const data = join(home, 'data', part.name);
  let server: GuardedProcess | undefined;
  let tellDied: (error: Error) => void = () => {};
  const died = new Promise<Error>((resolve) => {
    tellDied = resolve;
  });

  const site: Site = {
    ...createInstaller(part.name, options),
    home,
    data,
    ports: held.map(({ port }) => port),
    secrets,
    variables,
    signal,
    report: (doing) => progress.report(part.name, doing),

    async start(given) {
      signal.throwIfAborted();
      mkdirSync(data, { recursive: true });
      await Promise.all(held.map((port) => port.release()));
      const started = startGuarded(wholeCommand(part.name, given, options));
      server = started;
      void started.exited.then((end) => {
        tellDied(
          new Error(`${part.title} ended (${end}); the end of ${started.logPath}:\n${logTail(started.logPath)}`),
        );
      });
    },

    async ready(probe) {
      let over: Error | undefined;
      void died.then((error) => {
        over = error;
      });
      const deadline = Date.now() + READY_TIMEOUT_MS;
      for (;;) {
        signal.throwIfAborted();
        if (over) throw over;
        try {
          return await Promise.race([probe(), noAnswer()]);
        } catch (error) {
          if (Date.now() > deadline) {
            const reason = `${part.title} was not ready after ${READY_TIMEOUT_MS / 1000} s (${(error as Error).message})`;
            const last = server ? `; the end of ${server.logPath}:\n${logTail(server.logPath)}` : '';
            throw new Error(`${reason}${last}`, { cause: error });
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
