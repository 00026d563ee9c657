import { setTimeout as delay } from 'node:timers/promises';
import { groupAlive } from './process-identity.ts';

/** A process that the kernel cannot end, for example one that waits for a broken disk, must not delay a stop without end. */
const KILL_SECONDS = 5;

/** Kills all processes of a group and waits until they have ended, which can take a while after the signal. */
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
