import { RESET_REASONS, type ResetFrame, type ResetReason } from './frames.ts';
import { frameOf } from './sse.ts';

/** A reset as text. `oldestAt` is the time of the oldest entry that the window holds, epoch milliseconds. */
export function resetText(reason: ResetReason, id: string, oldestAt?: number): string {
  const frame: ResetFrame = {
    reason,
    detail: RESET_REASONS[reason],
    ...(oldestAt !== undefined && { held_since: oldestAt }),
  };
  return frameOf('reset', frame, id);
}
