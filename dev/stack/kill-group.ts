import { setTimeout as delay } from 'node:timers/promises';
import { groupAlive } from './process-identity.ts';

/** A process the kernel cannot end, one that waits for a dead disk say, must not hold up a stop for ever. */
const KILL_SECONDS = 5;

/** Kills what is left of a group and waits for it to be gone: a signal is sent at once, but dying takes its time. */
export async function killGroup(pid: number): Promise<void> {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return;
    throw error;
  }
  const deadline = Date.now() + KILL_SECONDS * 1000;
  while (groupAlive(pid) && Date.now() < deadline) await delay(5);
}
