import { readFileSync } from 'node:fs';

const COUNTERS = ['/proc/vmstat', '/sys/fs/cgroup/memory.events'] as const;

/**
 * How often the kernel's out-of-memory killer acted since the start of the machine, in the whole machine and in this
 * control group. A change between two readings explains a SIGKILL. 0 where the counters cannot be read.
 */
export function oomKills(): number {
  let kills = 0;
  for (const path of COUNTERS) {
    try {
      kills += Number(/^oom_kill (\d+)$/m.exec(readFileSync(path, 'utf8'))?.[1] ?? 0);
    } catch {
      // Not Linux, or another version of control groups.
    }
  }
  return kills;
}
