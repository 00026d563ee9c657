import type { Writable } from 'node:stream';
import { printable } from '../printable.ts';

/** The display of work with a known number of records. */
export interface Progress {
  add(count: number): void;
  end(): void;
}

type Output = Writable & { readonly isTTY?: boolean; readonly columns?: number };

const BAR_WIDTH = 24;
const REDRAW_MS = 100;
const LINE_INTERVAL_MS = 5_000;
/** The rate covers about the last ten seconds. */
const RATE_WINDOW_MS = 10_000;

/** The state of some work: the share that is done, from 0 to 1, and a line about it. */
export interface ProgressView {
  readonly share: number;
  readonly text: string;
}

/** Draws a bar on a terminal, over and over; elsewhere it writes a plain line every few seconds. */
export function drawProgress(output: Output, view: () => ProgressView): { end(): void } {
  const isTerminal = output.isTTY === true;
  const draw = (isLast: boolean): void => {
    const { share, text } = view();
    if (!isTerminal) output.write(`${text}\n`);
    else output.write(`\r\x1b[2K${bar(share)} ${text}`.slice(0, (output.columns ?? 120) + 5) + (isLast ? '\n' : ''));
  };
  const timer = setInterval(() => draw(false), isTerminal ? REDRAW_MS : LINE_INTERVAL_MS);
  timer.unref();
  return {
    end() {
      clearInterval(timer);
      draw(true);
    },
  };
}

/**
 * Shows how many of a known number of records are done, with the rate and the time left.
 *
 * @param already records that were done before, which do not count for the rate.
 * @param note text to add, such as the dependency that the work waits for.
 */
export function createProgress(
  output: Output,
  total: number,
  already: number,
  note: () => string | undefined = () => undefined,
): Progress {
  let done = already;
  const samples: { at: number; done: number }[] = [{ at: Date.now(), done }];
  const drawing = drawProgress(output, () => {
    const text = describe(done, total, rateOf(samples, done), note());
    samples.push({ at: Date.now(), done });
    while ((samples[1]?.at ?? Infinity) <= Date.now() - RATE_WINDOW_MS) samples.shift();
    return { share: total === 0 ? 1 : done / total, text };
  });
  return {
    add(count) {
      done += count;
    },
    end: drawing.end,
  };
}

function rateOf(samples: readonly { at: number; done: number }[], done: number): number {
  const [oldest] = samples;
  const elapsedMs = Date.now() - (oldest?.at ?? Date.now());
  return elapsedMs <= 0 ? 0 : ((done - (oldest?.done ?? done)) * 1_000) / elapsedMs;
}

const bar = (share: number): string => {
  const filled = Math.floor(Math.min(1, share) * BAR_WIDTH);
  return `[${'#'.repeat(filled)}${'.'.repeat(BAR_WIDTH - filled)}]`;
};

/** `43 %, 430,000 of 1,000,000 records, 61,204/s, 9 s left` */
export function describe(done: number, total: number, perSecond: number, note: string | undefined): string {
  const percent = total === 0 ? 100 : Math.floor((done / total) * 100);
  const left = done >= total || perSecond <= 0 ? '' : `, ${duration((total - done) / perSecond)} left`;
  const count = (value: number) => Math.round(value).toLocaleString('en');
  const state = note === undefined ? '' : `, waits: ${printable(note)}`;
  return `${percent} %, ${count(done)} of ${count(total)} records, ${count(perSecond)}/s${left}${state}`;
}

/** `9 s`, `2 min 5 s`, `3 h 20 min` */
export function duration(seconds: number): string {
  const whole = Math.ceil(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3_600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3_600)} h ${Math.floor((whole % 3_600) / 60)} min`;
}
