import type { Metrics } from '../metrics.ts';
import type { GapFrame, ResetReason } from './frames.ts';

/** Counts what the feed does, for `/metrics`. */
export interface LiveCounts {
  /**
   * A frame of `bytes` was written to `clients`. Of one that was not late, `oldestAcceptedAt` is the time at which its oldest
   * entry was accepted, epoch milliseconds.
   */
  frame(clients: number, bytes: number, oldestAcceptedAt?: number): void;
  gap(gap: GapFrame): void;
  reset(reason: ResetReason): void;
}

export function createLiveCounts(metrics: Metrics): LiveCounts {
  return {
    frame(clients, bytes, oldestAcceptedAt) {
      if (clients === 0) return;
      metrics.liveFrames.inc(clients);
      metrics.liveBytes.inc(clients * bytes);
      if (oldestAcceptedAt !== undefined) metrics.liveDelay.observe(Math.max(0, Date.now() - oldestAcceptedAt) / 1_000);
    },
    gap: ({ series }) => metrics.liveSkipped.inc(series.length),
    reset: (reason) => metrics.liveResets.inc({ reason }),
  };
}
