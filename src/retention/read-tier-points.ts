import type { ObjectStore } from '../sinks/archive/object-store.ts';
import type { TierFile } from '../store/tables/metric-tiers.ts';
import { type FilePoint, readTrialRows } from './point-file.ts';
import { remoteFile } from './point-files.ts';

/**
 * The points of one trial of a tier, exactly as they were in `trial_metrics`, in the order of name, step and event id. Only the row
 * groups that may have the trial are read.
 *
 * @param files those that may have the trial, in their order.
 * @param names the metrics; undefined: all.
 */
export async function readTierPoints(
  store: ObjectStore,
  files: readonly TierFile[],
  trialKey: number,
  names?: readonly string[],
): Promise<readonly FilePoint[]> {
  const rows: FilePoint[] = [];
  for (const file of files) {
    if (trialKey < file.firstTrialKey || trialKey > file.lastTrialKey) continue;
    for (const row of await readTrialRows(remoteFile(store, file), trialKey, names)) rows.push(row);
  }
  return rows;
}
