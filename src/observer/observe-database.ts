import { clearGauge } from '../metrics/clear-gauge.ts';
import type { Metrics } from '../metrics.ts';
import type { DatabaseState } from '../store/queries/database-state.ts';

/** Reports the sizes of the database, its bridges, and the next expiry of an API key. @returns the task. */
export function observeDatabase(read: () => Promise<DatabaseState>, metrics: Metrics): () => Promise<void> {
  return async () => {
    const { databaseBytes, tableBytes, partitionBytes, bridges, slots, keyExpiresAtMs } = await read();
    metrics.databaseBytes.set(databaseBytes);
    for (const [table, bytes] of tableBytes) metrics.tableBytes.set({ table }, bytes);
    metrics.partitions.set(partitionBytes.length);
    if (partitionBytes.length === 0) clearGauge(metrics.partitionBytes);
    else {
      metrics.partitionBytes.set({ which: 'oldest' }, partitionBytes[0] ?? 0);
      metrics.partitionBytes.set({ which: 'newest' }, partitionBytes.at(-1) ?? 0);
      metrics.partitionBytes.set({ which: 'largest' }, Math.max(...partitionBytes));
    }
    for (const [state, count] of Object.entries(bridges)) metrics.bridgeHosts.set({ state }, count);
    metrics.bridgeSlots.set(slots);
    metrics.keyExpiry.set(keyExpiresAtMs === undefined ? Number.POSITIVE_INFINITY : keyExpiresAtMs / 1_000);
  };
}
