import { formatInteger } from '../format/number.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../format/time-units.ts';
import { ticksOf } from './ticks.ts';

const MONTH_MS = 30.4375 * DAY_MS;
const YEAR_MS = 365.25 * DAY_MS;

/** Steps between the ticks of a time axis. */
const STEPS_MS = [
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500],
  ...[1, 2, 5, 10, 15, 30].map((each) => each * SECOND_MS),
  ...[1, 2, 5, 10, 15, 30].map((each) => each * MINUTE_MS),
  ...[1, 2, 3, 6, 12].map((each) => each * HOUR_MS),
  ...[1, 2, 5, 10].map((each) => each * DAY_MS),
] as const;
const MONTHS = [1, 2, 3, 6];

const stepFor = (rangeMs: number, count: number): number | undefined =>
  STEPS_MS.find((each) => each >= rangeMs / count);

interface TimeTick {
  readonly at: number;
  readonly text: string;
}

const two = (part: number): string => String(part).padStart(2, '0');

/** The ticks of a duration in milliseconds. */
export function durationTicks(low: number, high: number, count: number): TimeTick[] {
  const hasDays = (high - low) / count >= DAY_MS;
  const stepMs = hasDays ? DAY_MS : (stepFor(high - low, count) ?? DAY_MS);
  const first = Math.ceil(low / stepMs);
  const found = hasDays
    ? ticksOf(low / DAY_MS, high / DAY_MS, count).map((day) => day * DAY_MS)
    : Array.from({ length: Math.floor(high / stepMs) - first + 1 }, (_, at) => (first + at) * stepMs);
  const inside = found.filter((at) => at >= low && at <= high);
  return inside.map((at) => ({ at, text: durationText(at, stepMs) }));
}

/** `3 d 4 h`, `5 min 20 s`, `4.25 s`: down to the unit of the step. */
function durationText(ms: number, stepMs: number): string {
  const size = Math.abs(ms);
  const units = [
    [Math.floor(size / DAY_MS), 'd', DAY_MS],
    [Math.floor((size % DAY_MS) / HOUR_MS), 'h', HOUR_MS],
    [Math.floor((size % HOUR_MS) / MINUTE_MS), 'min', MINUTE_MS],
  ] as const;
  const digits = stepMs >= SECOND_MS ? 0 : 3 - Math.floor(Math.log10(stepMs));
  const seconds = ((size % MINUTE_MS) / SECOND_MS).toFixed(digits);
  const parts = units.flatMap(([count, unit]) => (count === 0 ? [] : [`${formatInteger(count)} ${unit}`]));
  if (Number(seconds) !== 0) parts.push(`${seconds} s`);
  return parts.length === 0 ? '0' : `${ms < 0 ? '−' : ''}${parts.join(' ')}`;
}

/** The ticks of a clock in the zone of the browser, in epoch milliseconds; the second line of a text is its day or year. */
export function clockTicks(low: number, high: number, count: number): TimeTick[] {
  const stepMs = stepFor(high - low, count);
  const dates = stepMs === undefined ? calendarTicks(low, high, count) : dayTicks(low, high, stepMs);
  let before = '';
  return dates.map((date) => {
    const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
    const isNew = day !== before;
    before = day;
    if (stepMs === undefined || stepMs >= DAY_MS) return { at: date.getTime(), text: day };
    return { at: date.getTime(), text: isNew ? `${timeText(date, stepMs)}\n${day}` : timeText(date, stepMs) };
  });
}

function timeText(date: Date, stepMs: number): string {
  const minutes = `${two(date.getHours())}:${two(date.getMinutes())}`;
  if (stepMs >= MINUTE_MS) return minutes;
  const seconds = `${minutes}:${two(date.getSeconds())}`;
  return stepMs >= SECOND_MS ? seconds : `${seconds}.${String(date.getMilliseconds()).padStart(3, '0')}`;
}

/** Multiples of a step since midnight, or of days of the month, by the clock of the zone, which may jump. */
function dayTicks(low: number, high: number, stepMs: number): Date[] {
  const start = new Date(low);
  const [year, month, day] = [start.getFullYear(), start.getMonth(), start.getDate()];
  const midnight = new Date(year, month, day).getTime();
  // A day has at most 25 hours, so that the first multiple of hours is not after the range. Shorter steps do not follow the clock.
  const slackMs = stepMs >= HOUR_MS ? HOUR_MS : 0;
  const first = stepMs >= DAY_MS ? 0 : Math.max(0, Math.floor((low - midnight - slackMs) / stepMs));
  const dates: Date[] = [];
  for (let at = first; ; at += 1) {
    const date =
      stepMs >= DAY_MS
        ? new Date(year, month, 1 + (at * stepMs) / DAY_MS)
        : stepMs >= HOUR_MS
          ? new Date(year, month, day, (at * stepMs) / HOUR_MS)
          : new Date(midnight + at * stepMs);
    if (!(date.getTime() <= high)) return dates;
    if (date.getTime() >= low && date.getTime() !== dates.at(-1)?.getTime()) dates.push(date);
  }
}

/** First days of months, or of years whose numbers are round. */
function calendarTicks(low: number, high: number, count: number): Date[] {
  const rough = (high - low) / count;
  const months = MONTHS.find((each) => each * MONTH_MS >= rough);
  const year = new Date(low).getFullYear();
  const firsts =
    months === undefined
      ? ticksOf(year, new Date(high).getFullYear() + 1, Math.min(count, Math.max(1, (high - low) / YEAR_MS)))
          .filter(Number.isInteger)
          .map((each) => yearStart(each))
      : Array.from(
          { length: Math.ceil((high - low) / (months * MONTH_MS)) + 13 },
          (_, at) => new Date(year, at * months, 1),
        );
  return firsts.filter((date) => date.getTime() >= low && date.getTime() <= high);
}

/** `new Date(year, 0)` would take 0 to 99 as years of the last century. */
function yearStart(year: number): Date {
  const date = new Date(2000, 0, 1);
  date.setFullYear(year);
  return date;
}
