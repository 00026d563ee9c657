import { signal } from '@preact/signals';

/** The time of the server less that of the browser, in milliseconds; 0 while no answer shows a difference. */
export const clockOffsetMs = signal(0);

/** The header has whole seconds. */
const HEADER_MS = 1_000;

/** Takes the time of the server from the header `Date` of an answer to a request that was sent and answered at these times. */
export function noteServerTime(date: string | null, sentAt: number, answeredAt: number): void {
  const serverTime = Date.parse(date ?? '') + HEADER_MS / 2;
  if (Number.isNaN(serverTime)) return;
  const offset = serverTime - (sentAt + answeredAt) / 2;
  const uncertainty = HEADER_MS + Math.abs(answeredAt - sentAt) / 2;
  // A difference that the answer cannot prove would only make the shown times jump.
  if (Math.abs(offset - clockOffsetMs.peek()) <= uncertainty) return;
  clockOffsetMs.value = Math.abs(offset) <= uncertainty ? 0 : Math.round(offset);
}
