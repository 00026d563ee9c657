import { readFileSync } from 'node:fs';

/**
 * The fields of `/proc/PID/stat` from the third on, which is the state (proc(5)); undefined if no live process has this id, and
 * where there is no `/proc`. A zombie is not alive.
 */
export function processStat(pid: number | string): readonly string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name of the program, in brackets, may contain any characters; the fields after it contain no spaces.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields;
  } catch {
    return undefined;
  }
}
