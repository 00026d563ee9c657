import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from './time-units.ts';

/** A duration with its two largest units: `850 ms`, `4.2 s`, `3 min 20 s`, `2 h 5 min`, `3 d 4 h`. */
export function formatDuration(ms: number | null | undefined): string {
  if (ms === null || ms === undefined) return '';
  // The rounded time decides about the unit: 999.7 ms are 1 s.
  if (Math.round(ms) < SECOND_MS) return `${Math.round(ms)} ms`;
  const seconds = rounded(ms, SECOND_MS);
  if (seconds < 10 * SECOND_MS) return `${(ms / SECOND_MS).toFixed(1).replace('.0', '')} s`;
  if (seconds < MINUTE_MS) return `${seconds / SECOND_MS} s`;
  if (seconds < HOUR_MS) return twoUnits(ms, MINUTE_MS, 'min', SECOND_MS, 's');
  if (rounded(ms, MINUTE_MS) < DAY_MS) return twoUnits(ms, HOUR_MS, 'h', MINUTE_MS, 'min');
  return twoUnits(ms, DAY_MS, 'd', HOUR_MS, 'h');
}

/** How long ago: `now`, `12 s ago`, `5 min ago`, `3 h ago`, `2 d ago`. */
export function formatAgo(ms: number): string {
  if (ms < 2 * SECOND_MS) return 'now';
  const [size, unit] =
    ms < MINUTE_MS
      ? [SECOND_MS, 's']
      : ms < HOUR_MS
        ? [MINUTE_MS, 'min']
        : ms < DAY_MS
          ? [HOUR_MS, 'h']
          : [DAY_MS, 'd'];
  return `${Math.floor(ms / Number(size))} ${unit} ago`;
}

/** The time of day in the browser's zone: `14:03:21`. */
export const formatClock = (time: number): string =>
  new Date(time).toLocaleTimeString(undefined, {
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hour12: false,
  });

/** The date and the time in the browser's zone: `2026-05-04 14:03:21`. */
export function formatDateTime(time: number): string {
  const date = new Date(time);
  const two = (part: number): string => String(part).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${formatClock(time)}`;
}

/** The name of the browser's zone, for the axis of a clock: `Europe/Berlin`. */
export const zoneName = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone;

const rounded = (ms: number, unitMs: number): number => Math.round(ms / unitMs) * unitMs;

function twoUnits(ms: number, large: number, largeName: string, small: number, smallName: string): string {
  const shown = rounded(ms, small);
  const whole = Math.floor(shown / large);
  const rest = Math.round((shown - whole * large) / small);
  return rest === 0 ? `${whole} ${largeName}` : `${whole} ${largeName} ${rest} ${smallName}`;
}
