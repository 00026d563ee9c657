import { StoreUnavailable } from '../sinks/archive/store-error.ts';
import type { ArtifactStore } from './artifact-store.ts';

/**
 * The objects of one list. Each look has a time limit of its own, and all of them together have one too: after it, every look
 * throws `StoreUnavailable`, so that a store that responds slowly does not hold a request for the sum of its looks.
 */
export function boundedLooks(store: Pick<ArtifactStore, 'state'>, timeoutMs: number): Pick<ArtifactStore, 'state'> {
  const deadline = AbortSignal.timeout(timeoutMs);
  const error = new StoreUnavailable(`the object store did not report on the objects of a list within ${timeoutMs} ms`);
  const { promise: late, reject } = Promise.withResolvers<never>();
  // A list that is complete before it has no look left to reject.
  late.catch(() => undefined);
  deadline.addEventListener('abort', () => reject(error), { once: true });
  return {
    async state(object) {
      if (deadline.aborted) throw error;
      return Promise.race([store.state(object), late]);
    },
  };
}
