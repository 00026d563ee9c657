import { MlflowUnavailable } from '../mlflow/mlflow-unavailable.ts';
import { StoreRefused, StoreUnavailable } from '../sinks/archive/store-error.ts';

/** Consecutive failures, each with a different object, after which a dependency counts as unavailable. */
const AWAY_AFTER = 3;

/** The failure of a request about one object. */
export type ObjectError = StoreUnavailable | MlflowUnavailable;

/**
 * Works on objects one after another, so that none of them holds up the others: a failure is recorded with its object.
 * Once a dependency counts as unavailable, the remaining objects are left, and the promise rejects with the last
 * failure. It rejects with any other error at once.
 *
 * @param failed records the failure, so that the object is tried again after the others.
 */
export async function oneByOne<T>(
  items: Iterable<T> | AsyncIterable<T>,
  work: (item: T) => Promise<void>,
  failed: (item: T, error: ObjectError) => Promise<void>,
): Promise<void> {
  let inRow = 0;
  let last: ObjectError | undefined;
  for await (const item of items) {
    try {
      await work(item);
      last = undefined;
    } catch (error) {
      if (!(error instanceof StoreUnavailable || error instanceof MlflowUnavailable)) throw error;
      await failed(item, error);
      // A refusal is an answer, so the store is available.
      last = error instanceof StoreRefused ? undefined : error;
    }
    inRow = last === undefined ? 0 : inRow + 1;
    if (inRow === AWAY_AFTER) break;
  }
  if (last !== undefined) throw last;
}
