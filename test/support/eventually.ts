import { setTimeout as sleep } from 'node:timers/promises';

const LOOK_AGAIN_MS = 10;
/** Just under the time-out of a test. */
const GIVE_UP_MS = 55_000;

/**
 * Resolves when `holds` does, which it is asked again and again. A wait in vain ends with an error: a test's own time-out
 * does not stop the loop, and jest would not exit.
 */
export async function eventually(holds: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + GIVE_UP_MS;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`this does not come to hold: ${holds}`);
    await sleep(LOOK_AGAIN_MS);
  }
}
