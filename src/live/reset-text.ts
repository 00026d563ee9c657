import type { FeedWindow } from './feed-window.ts';
import { RESET_REASONS, type ResetFrame, type ResetReason } from './frames.ts';
import { frameOf } from './sse.ts';

/** A reset as text. One of an expired position names the time of the oldest entry of the window. */
export function resetText(reason: ResetReason, id: string, { oldestAt }: Pick<FeedWindow, 'oldestAt'>): string {
  const frame: ResetFrame = {
    reason,
    detail: RESET_REASONS[reason],
    ...(reason === 'expired' && oldestAt !== undefined && { held_since: oldestAt }),
  };
  return frameOf('reset', frame, id);
}
