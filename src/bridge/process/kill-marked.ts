import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { bridgeOfMark, MARK, pidNamespace, startTimeOf } from './keeper-mark.ts';

const ROUNDS = 20;
const PAUSE_MS = 25;

/** The id of every process whose mark matches. Processes of other users are not seen: their environment is private. */
export async function markedProcesses(matches: (mark: string) => boolean): Promise<number[]> {
  const names = await readdir('/proc').catch(() => [] as string[]);
  const marked: number[] = [];
  for (const name of names) {
    if (!/^\d+$/.test(name)) continue;
    const environment = await readFile(`/proc/${name}/environ`, 'latin1').catch(() => '');
    const entry = environment.split('\0').find((text) => text.startsWith(`${MARK}=`));
    if (entry !== undefined && matches(entry.slice(MARK.length + 1))) marked.push(Number(name));
  }
  return marked;
}

/** Kills every process whose mark matches until none is left, for half a second at most. Returns how many were killed. */
export async function killMarked(matches: (mark: string) => boolean): Promise<number> {
  const killed = new Set<number>();
  for (let round = 0; round < ROUNDS; round += 1) {
    const left = await markedProcesses(matches);
    if (left.length === 0) break;
    for (const pid of left) {
      killed.add(pid);
      kill(pid);
    }
    await delay(PAUSE_MS);
  }
  return killed.size;
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // The process has ended or belongs to another user; the next round checks again.
  }
}

/** Kills the processes that bridges of this machine left when they and their keepers ended. Returns how many there were. */
export function sweep(): Promise<number> {
  const namespace = pidNamespace();
  return killMarked((mark) => {
    const bridge = bridgeOfMark(mark);
    // An id of another PID namespace (a container) means nothing here.
    if (bridge === undefined || bridge.namespace !== namespace) return false;
    return startTimeOf(bridge.pid) !== bridge.startTime;
  });
}
