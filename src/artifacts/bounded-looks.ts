import { StoreUnavailable } from '../sinks/archive/store-error.ts';
import type { ArtifactStore } from './artifact-store.ts';

/**
 * Looks up the objects of one list under a common time limit, besides the limit that each look-up has: after it, every
 * look-up throws `StoreUnavailable`. So a store that responds slowly does not hold a request for the sum of its
 * look-ups.
 */
export function boundedLooks(store: Pick<ArtifactStore, 'state'>, timeoutMs: number): Pick<ArtifactStore, 'state'> {
  const deadline = AbortSignal.timeout(timeoutMs);
  const error = new StoreUnavailable(`the object store did not report on the objects of a list within ${timeoutMs} ms`);
  const { promise: late, reject } = Promise.withResolvers<never>();
  // If the list is complete before the deadline, no look-up is left to handle this rejection.
  late.catch(() => undefined);
  deadline.addEventListener('abort', () => reject(error), { once: true });
  return {
    async state(object) {
      if (deadline.aborted) throw error;
      return Promise.race([store.state(object), late]);
    },
  };
}
