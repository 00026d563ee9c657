import type { MlEvent } from '../../events/event.ts';

/** Events published together, at most: more of them would take the event loop for too long. */
export const SLICE_EVENTS = 1_000;
/** UTF-16 units of their texts, at most, for the same reason: those are encoded, copied and summed up in one go. */
export const SLICE_LENGTH = 1_048_576;

/** The number of events from the first on that are published together: at least one. */
export function sliceLength(events: readonly MlEvent[]): number {
  const most = Math.min(events.length, SLICE_EVENTS);
  let length = 0;
  for (let count = 0; count < most; count += 1) {
    length += textLength(events[count]);
    if (length > SLICE_LENGTH) return Math.max(1, count);
  }
  return most;
}

/** The length of the texts in an event, the names of its metrics among them. */
function textLength(event: object | undefined): number {
  let length = 0;
  for (const value of Object.values(event ?? {})) {
    if (typeof value === 'string') length += value.length;
    else if (typeof value === 'object' && value !== null) for (const name in value) length += name.length;
  }
  return length;
}
