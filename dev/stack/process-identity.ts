import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/** /proc/PID/stat from its third field (the state) on; undefined when there is no such process or it is dead already. */
function statFields(pid: string): string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the program's name in brackets and may hold anything; the rest is plain.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields;
  } catch {
    return undefined;
  }
}

/**
 * When a process was started, in the system's own notation, or undefined when there is none with this id.
 * A process id alone proves nothing after a restart of the machine; id and start time together name one process.
 */
export function startTimeOf(pid: number): string | undefined {
  if (process.platform === 'linux') {
    // Field 22 of the file, in ticks since boot.
    return statFields(String(pid))?.[19];
  }
  const ps = spawnSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' });
  return ps.status === 0 ? ps.stdout.trim() || undefined : undefined;
}

/** Whether any process of the group is alive; one that only waits to be reaped is not. */
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
  const fields = statFields(pid);
  return fields ? Number(fields[2]) : undefined;
}
