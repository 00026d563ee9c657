import { AccessRefused } from '../access/access-refused.ts';
import type { LiveHub } from './live-hub.ts';
import type { Subscriber } from './subscriber.ts';

/** The client's next connection is answered with the reason. */
const RETRY_MS = 1_000;

/** Ends the feeds whose key or session is no longer admitted. While that cannot be checked they continue. */
export async function endRefused(hub: LiveHub): Promise<void> {
  await Promise.all(
    [...hub.subscribers()].map(async (subscriber) => {
      if (!(await isAdmitted(subscriber))) hub.end(subscriber, 'refused', RETRY_MS);
    }),
  );
}

async function isAdmitted({ readmit }: Subscriber): Promise<boolean> {
  try {
    await readmit();
    return true;
  } catch (error) {
    if (!(error instanceof AccessRefused)) throw error;
    return error.code !== 'unauthorized' && error.code !== 'forbidden';
  }
}
