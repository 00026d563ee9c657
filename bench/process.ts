import { randomInt } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startGuarded } from '../dev/machine/guard.ts';
import { logTail } from '../dev/machine/log-tail.ts';
import { freePort } from '../dev/stack/ports.ts';
import type { Place } from './place.ts';

const THUNDERLINE = join(import.meta.dirname, '../bin/thunderline.js');
const READY_DEADLINE_MS = 60_000;
const POLL_MS = 50;

export interface Started {
  /** Resolves with the end of the process in words; see `GuardedProcess`. */
  readonly exited: Promise<string>;
  /** The last lines of its output so far. */
  output(): string;
  /** The resident memory of its largest process, in bytes. */
  residentBytes(): number;
  /** The processor time of all its processes so far, in seconds. */
  processorSeconds(): number;
  stop(): Promise<void>;
}

/** Runs `thunderline` with these arguments in a process that ends with this one. */
export function startThunderline(place: Place, args: readonly string[], environment: NodeJS.ProcessEnv = {}): Started {
  const folder = mkdtempSync(join(tmpdir(), 'thunderline-bench-'));
  const child = startGuarded({
    file: process.execPath,
    args: [THUNDERLINE, ...args],
    environment: { ...place.environment, ...environment },
    cwd: folder,
    logPath: join(folder, 'output.log'),
  });
  return {
    exited: child.exited,
    output: () => logTail(child.logPath),
    residentBytes: () => Math.max(0, ...descendantsOf(child.pid).map(residentBytes)),
    processorSeconds: () => descendantsOf(child.pid).reduce((sum, pid) => sum + processorSeconds(pid), 0),
    async stop() {
      await child.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Starts a process with some roles, and resolves when it is ready. Without a port it chooses a free one. */
export async function startRoles(
  place: Place,
  roles: readonly string[],
  givenPort?: number,
): Promise<Started & { readonly url: string }> {
  const port = givenPort ?? (await freePort(randomInt(18_000, 28_000)));
  const started = startThunderline(place, ['serve', '--roles', roles.join(',')], { PORT: String(port) });
  const url = `http://127.0.0.1:${port}`;
  let end: string | undefined;
  void started.exited.then((how) => {
    end = how;
  });
  const deadline = Date.now() + READY_DEADLINE_MS;
  while (!(await isReady(url))) {
    if (end !== undefined || Date.now() > deadline) {
      const output = started.output();
      await started.stop();
      throw new Error(`${roles.join(', ')}: ${end ?? 'not ready'}\n${output}`);
    }
    await sleep(POLL_MS);
  }
  return { ...started, url };
}

async function isReady(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(1_000) })).ok;
  } catch {
    return false;
  }
}

/** The ids of all descendants. Only Linux has this folder; on other systems the memory is unknown. */
function descendantsOf(pid: number | string): string[] {
  try {
    const children = readdirSync(`/proc/${pid}/task`).flatMap((task) =>
      readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').split(' ').filter(Boolean),
    );
    return children.flatMap((child) => [child, ...descendantsOf(child)]);
  } catch {
    return [];
  }
}

function residentBytes(pid: string): number {
  try {
    return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1_024;
  } catch {
    return 0;
  }
}

/** Ticks of the clock in which the kernel counts processor time. */
const TICKS_PER_SECOND = 100;

function processorSeconds(pid: string): number {
  try {
    // The name of the program, in parentheses, may have spaces.
    const fields = (readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1] ?? '').split(' ');
    return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
  } catch {
    return 0;
  }
}
