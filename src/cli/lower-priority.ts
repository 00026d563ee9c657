import { readdirSync } from 'node:fs';
import { constants, setPriority } from 'node:os';

const THREADS = '/proc/self/task';

/** Lets other processes of the machine use its processors first. On Linux each thread has a priority of its own. */
export function lowerPriority(): void {
  const threads = process.platform === 'linux' ? readdirSync(THREADS).map(Number) : [process.pid];
  for (const thread of threads) {
    try {
      setPriority(thread, constants.priority.PRIORITY_LOW);
    } catch (error) {
      // A thread that has ended since.
      if ((error as { info?: { code?: string } }).info?.code !== 'ESRCH') throw error;
    }
  }
}
