import { Problem } from '../http/problem.ts';
import type { FilePoint } from '../retention/point-file.ts';
import { readTierPoints } from '../retention/read-tier-points.ts';
import type { ObjectStore } from '../sinks/archive/object-store.ts';
import { isMissingObject, StoreUnavailable } from '../sinks/archive/store-error.ts';
import { int8Of } from '../store/read-binary-array.ts';
import { TIER_FILES, type TierFile } from '../store/tables/metric-tiers.ts';
import type { AskDatabase } from './database.ts';
import type { SeriesColumns } from './series-buckets.ts';

const FILES = `
  ${TIER_FILES} f
  where exists (select from unnest($1::int4[]) k (key) where k.key between f.first_trial_key and f.last_trial_key)
  order by first_trial_key, last_trial_key`;

/** The files that may have points of these trials. */
export const filesOfTrials = (ask: AskDatabase, trialKeys: readonly number[]): Promise<TierFile[]> =>
  trialKeys.length === 0 ? Promise.resolve([]) : ask<TierFile & Record<string, unknown>>(FILES, [trialKeys]);

/** The points of a trial in the files of its tier. Throws the `Problem` store_unavailable. */
export async function pointsInFiles(
  store: ObjectStore,
  files: readonly TierFile[],
  trialKey: number,
  names?: readonly string[],
): Promise<readonly FilePoint[]> {
  try {
    return await readTierPoints(store, files, trialKey, names);
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) throw error;
    const message = isMissingObject(error)
      ? 'the object store does not have the file with the points of this age: see "thunderline retention --apply"'
      : 'the object store, which has the points of this age, does not respond';
    throw new Problem('store_unavailable', message, { retryAfterSeconds: 2, cause: error });
  }
}

/** Rows of files as the columns of a series. */
export const columnsOfRows = (rows: readonly FilePoint[]): SeriesColumns => ({
  steps: { int8: (index) => int8Of((rows[index] as FilePoint).step) },
  times: { time: (index) => Number((rows[index] as FilePoint).recorded_at / 1_000n) },
  values: { length: rows.length, float8: (index) => (rows[index] as FilePoint).value },
});
