import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { processStat } from '../../src/process-stat.ts';

/**
 * The start time of a process, in the notation of the system; undefined when no process has this id. After a restart of the
 * machine an id may belong to another process, but id and start time together identify one process.
 */
export function startTimeOf(pid: number): string | undefined {
  if (process.platform === 'linux') {
    // Field 22 of the file, in ticks since boot.
    return processStat(pid)?.[19];
  }
  const ps = spawnSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' });
  return ps.status === 0 ? ps.stdout.trim() || undefined : undefined;
}

/** Whether any process of the group is alive; a zombie is not. */
export function groupAlive(group: number): boolean {
  if (process.platform === 'linux') {
    return readdirSync('/proc').some((entry) => /^\d+$/.test(entry) && liveGroupOf(entry) === group);
  }
  try {
    process.kill(-group, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function liveGroupOf(pid: string): number | undefined {
  const fields = processStat(pid);
  return fields ? Number(fields[2]) : undefined;
}
