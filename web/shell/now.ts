import { computed, signal } from '@preact/signals';
import { clockOffsetMs } from '../api/server-clock.ts';

/** The present time, for texts that depend on it. It moves twice a second once the clock runs. */
export const now = signal(Date.now());

/** The present time of the server, for ages of what it has stored: the clock of the browser may be wrong. */
export const serverNow = computed(() => now.value + clockOffsetMs.value);

export function startClock(): void {
  setInterval(() => {
    now.value = Date.now();
  }, 500);
}
