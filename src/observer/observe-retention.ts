import type { Metrics } from '../metrics.ts';
import type { RetentionState } from '../store/queries/retention-state.ts';

const DAY_MS = 86_400_000;

/**
 * Reports the tiers of metric points. `thunderline retention` ends with its work, and nothing of it is left that could report that
 * it was not started.
 *
 * @param rawDays METRICS_RAW_DAYS.
 * @returns the task.
 */
export function observeRetention(
  read: (olderThan: Date) => Promise<RetentionState>,
  metrics: Metrics,
  rawDays: number,
): () => Promise<void> {
  return async () => {
    const { points, bytes, partitionsDue, rolledUpAtMs = 0 } = await read(new Date(Date.now() - rawDays * DAY_MS));
    for (const [tier, count] of Object.entries(points)) metrics.retentionPoints.set({ tier }, count);
    for (const [tier, size] of Object.entries(bytes)) metrics.retentionBytes.set({ tier }, size);
    metrics.retentionDue.set(partitionsDue);
    metrics.retentionSuccess.set(rolledUpAtMs / 1_000);
  };
}
