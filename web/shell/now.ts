import { signal } from '@preact/signals';

/** The present time, for texts that depend on it. It moves twice a second once the clock runs. */
export const now = signal(Date.now());

export function startClock(): void {
  setInterval(() => {
    now.value = Date.now();
  }, 500);
}
