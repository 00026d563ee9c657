import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Command, runGuarded } from '../machine/guard.ts';
import { installOnce } from '../machine/install-once.ts';
import type { KeyedMutex } from '../machine/keyed-mutex.ts';
import type { Progress } from '../machine/progress.ts';
import type { Installer, SiteCommand } from '../parts/part.ts';
import { bareEnvironment } from './bare-environment.ts';
import { groupsFolder } from './home.ts';

export interface InstallerOptions {
  readonly home: string;
  readonly parts: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  readonly mutex: KeyedMutex;
}

/** The command with every setting that a part may leave out: environment, folder, log, and the file of its group. */
export function wholeCommand(name: string, given: SiteCommand, { home, environment }: InstallerOptions): Command {
  const data = join(home, 'data', name);
  return {
    environment: bareEnvironment(environment, given.variables),
    cwd: existsSync(data) ? data : home,
    ...given,
    logPath: join(home, 'logs', `${name}.log`),
    pidFile: join(groupsFolder(home), `${name}.json`),
  };
}

/** An installer that reports under `name`, and whose commands log to `NAME-prepare.log`. */
export function createInstaller(name: string, options: InstallerOptions): Installer {
  const { parts, environment, progress, signal, mutex } = options;
  return {
    parts,
    environment,
    async install(directory, what, fill) {
      if (existsSync(directory)) return;
      progress.report(name, `fetching ${what}`);
      await installOnce(directory, fill);
    },
    run: (what, given) =>
      mutex(given.mutexKey, () => runGuarded(wholeCommand(`${name}-prepare`, given, options), what, signal)),
  };
}
