import { readFileSync } from 'node:fs';
import { launcherOf } from './config.ts';
import { processStat } from './process-stat.ts';

const CHECK_MS = 500;

/**
 * Calls `gone` once when the launcher of this process has ended: npm (`npx thunderline`, `npm start`), or
 * `bin/thunderline.js` under an older Node. A launcher that is killed cannot stop what it started, and nothing else would.
 * A process started directly, by a shell or a service manager, is not watched: it may outlive its parent on purpose.
 */
export function watchLauncher(gone: () => void): void {
  const ancestors = launchersOf(launcherOf());
  if (ancestors.length === 0) return;
  const isWhole = (): boolean => ancestors.every((pid, index) => parentOf(ancestors[index - 1]) === pid);
  const timer = setInterval(() => {
    if (isWhole()) return;
    clearInterval(timer);
    gone();
  }, CHECK_MS);
  timer.unref();
}

/** The processes between this one and npm, the nearest first, as far as they can be determined. */
function launchersOf({ npm, pid }: ReturnType<typeof launcherOf>): readonly number[] {
  const ancestors: number[] = [];
  let next: number | undefined = process.ppid;
  if (pid === next) {
    ancestors.push(next);
    next = parentOf(next);
  }
  if (!npm || next === undefined) return ancestors;
  ancestors.push(next);
  // npm may start a command through `sh -c`, which outlives an npm that is killed.
  const beyond = isShellCommand(next) ? parentOf(next) : undefined;
  return beyond === undefined ? ancestors : [...ancestors, beyond];
}

/** Whether a process is a shell that runs one command; false where there is no /proc. */
function isShellCommand(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')[1] === '-c';
  } catch {
    return false;
  }
}

/** The parent of a process, of this one by default; undefined where there is no /proc, or no such process. */
function parentOf(pid?: number): number | undefined {
  if (pid === undefined) return process.ppid;
  const fields = processStat(pid);
  return fields === undefined ? undefined : Number(fields[1]);
}
