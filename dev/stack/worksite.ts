import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type GuardedProcess, startGuarded } from '../machine/guard.ts';
import { logTail } from '../machine/log-tail.ts';
import type { Part, Secrets, Site } from '../parts/part.ts';
import { createInstaller, type InstallerOptions, wholeCommand } from './installer.ts';
import { type HeldPort, holdPort } from './ports.ts';
import { untilReady } from './until-ready.ts';

/** Starts of one part whose ports are taken by other programs each time. */
const MAX_BOOTS = 5;

export interface SiteOptions extends InstallerOptions {
  readonly secrets: Secrets;
  /** Every part's variables. A part whose port has to change updates its own. */
  readonly variables: Record<string, string>;
}

/** One part of a running stack. */
export interface Worksite {
  readonly site: Site;
  /** Resolves with a description of how the server ended, if it ends after `boot` has resolved. */
  readonly died: Promise<Error>;
  /** Boots the part. A server that cannot bind its port gets another one. */
  boot(): Promise<void>;
  stop(): Promise<void>;
}

export function createWorksite(part: Part, wanted: readonly HeldPort[], options: SiteOptions): Worksite {
  const { home, progress, secrets, variables, signal } = options;
  const data = join(home, 'data', part.name);
  let held = wanted;
  let server: GuardedProcess | undefined;
  let ended: Error | undefined;
  let booted = false;
  const closers: (() => Promise<void>)[] = [];
  const died = Promise.withResolvers<Error>();

  const site: Site = {
    ...createInstaller(part.name, options),
    home,
    data,
    get ports() {
      return portsOf(held);
    },
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
      ended = undefined;
      void started.exited.then((end) => {
        ended = new Error(`${part.title} ended (${end}); the end of ${started.logPath}:\n${logTail(started.logPath)}`);
        if (booted) died.resolve(ended);
      });
    },

    closeLater: (close) => void closers.push(close),

    ready: (probe) => untilReady(part.title, probe, { signal, ended: () => ended, logPath: () => server?.logPath }),
  };

  const closeAll = async (): Promise<void> => void (await Promise.all(closers.splice(0).map((close) => close())));

  /** Ports for the next attempt; undefined when no other program holds one of the old ones. */
  async function otherPorts(): Promise<HeldPort[] | undefined> {
    const next: HeldPort[] = [];
    for (const port of held) {
      if (await port.retake()) {
        next.push(port);
        continue;
      }
      await port.free();
      const other = await holdPort(port.port + 1);
      progress.note(`Another program has taken port ${port.port}, so ${part.title} listens on ${other.port}.`);
      next.push(other);
    }
    return next.some((port, index) => port !== held[index]) ? next : undefined;
  }

  return {
    site,
    died: died.promise,

    async boot() {
      for (let attempt = 1; !booted; attempt += 1) {
        try {
          await part.boot(site);
          booted = true;
        } catch (error) {
          signal.throwIfAborted();
          if (ended === undefined && (error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
          const reason = ended ?? error;
          await closeAll();
          await server?.stop();
          const other = attempt < MAX_BOOTS ? await otherPorts() : undefined;
          if (other === undefined) throw reason;
          held = other;
          Object.assign(variables, part.variables(portsOf(held), secrets, variables));
        }
      }
      if (ended !== undefined) died.resolve(ended);
    },

    async stop() {
      await closeAll();
      await server?.stop();
      await Promise.all(held.map((port) => port.free()));
    },
  };
}

const portsOf = (held: readonly HeldPort[]): readonly number[] => held.map(({ port }) => port);
