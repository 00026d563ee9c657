import { tickTexts } from '../format/tick-texts.ts';
import type { XAxis } from './chart-view.ts';
import { placing, type Range, type YScale } from './scales.ts';
import { integerTicksOf, logTicksOf, ninesTicksOf, symlogTicksOf, ticksOf } from './ticks.ts';
import { clockTicks, durationTicks } from './time-ticks.ts';

/** A tick of an axis. */
export interface Tick {
  /** From 0 at the low end of the axis to 1 at the high end. */
  readonly place: number;
  /** A clock has its day in a second line. */
  readonly text: string;
}

/** Width of a character of the labels, and room between two of them, in CSS pixels. */
const CHARACTER_PX = 7;
const SPACE_PX = 18;
/** Labels of an upright axis. */
const Y_SPACE_PX = 34;
/** The height of a text. */
const TEXT_PX = 14;

export const textWidthPx = (text: string): number =>
  CHARACTER_PX * Math.max(...text.split('\n').map((line) => line.length));

const VALUES: Readonly<Record<YScale, (low: number, high: number, count: number) => number[]>> = {
  linear: ticksOf,
  log: logTicksOf,
  symlog: symlogTicksOf,
  nines: ninesTicksOf,
};

/** About `count` ticks of an axis of values; integers only if the values are. */
export function valueTicks(scale: YScale, range: Range, count: number, isInteger = false): Tick[] {
  const { low, high } = range;
  const found = VALUES[scale](low, high, count).filter((tick) => tick >= low && tick <= high);
  const values = isInteger ? integersOf(scale, range, count, found) : found;
  const texts = scale === 'log' || scale === 'symlog' ? textsOfPowers(values) : tickTexts(values, high - low);
  const place = placing(scale, range);
  return values.map((value, at) => ({ place: place(value), text: texts[at] ?? '' }));
}

function integersOf(scale: YScale, { low, high }: Range, count: number, found: readonly number[]): readonly number[] {
  const integers = found.filter(Number.isInteger);
  return scale !== 'linear' && integers.length > 1 ? integers : integerTicksOf(low, high, count);
}

/** Ticks that are far apart on a logarithmic scale have as many digits as each needs by itself. */
function textsOfPowers(values: readonly number[]): string[] {
  const isFar = values.every((value, at) => {
    const before = values[at - 1];
    return before === undefined || Math.abs(value - before) >= 0.3 * Math.max(Math.abs(value), Math.abs(before));
  });
  return isFar ? values.flatMap((value) => tickTexts([value])) : tickTexts(values);
}

/** The ticks of an upright axis. */
export const yTicks = (scale: YScale, range: Range, heightPx: number): Tick[] =>
  apart(valueTicks(scale, range, Math.max(2, Math.floor(heightPx / Y_SPACE_PX))), TEXT_PX / heightPx);

/** Ticks without those that are closer than a distance to another one: 0 stays, as the middle of a symmetric axis. */
function apart(ticks: readonly Tick[], distance: number): Tick[] {
  const kept: Tick[] = ticks.filter(({ text }) => text === '0');
  for (const tick of ticks) {
    if (kept.every(({ place }) => Math.abs(place - tick.place) >= distance)) kept.push(tick);
  }
  return kept.sort((a, b) => a.place - b.place);
}

/** The ticks of an x axis, as many as have room for their texts. */
export function xTicks(x: XAxis, range: Range, widthPx: number): Tick[] {
  return fitting(widthPx, (count) => ticksOfX(x, range, count));
}

function ticksOfX(x: XAxis, range: Range, count: number): Tick[] {
  const { low, high } = range;
  if (x === 'metric') return valueTicks('linear', range, count);
  const place = placing('linear', range);
  if (x === 'step') {
    const steps = integerTicksOf(low, high, count).filter((step) => step >= 0);
    const texts = stepTexts(steps, high - low);
    return steps.map((step) => ({ place: place(step), text: texts(step) }));
  }
  const ticks = x === 'relative' ? durationTicks(low, high, count) : clockTicks(low * 1000, high * 1000, count);
  return ticks.map(({ at, text }) => ({ place: place(x === 'clock' ? at / 1000 : at), text }));
}

/** Great steps are short, unless only their last digits differ. */
function stepTexts(steps: readonly number[], width: number): (step: number) => string {
  const texts = tickTexts(steps, width);
  const isLong = texts.some((text) => text.length > 9) && steps.every((step) => step < 2 ** 63);
  return (step) => (isLong ? BigInt(step).toLocaleString('en') : (texts[steps.indexOf(step)] ?? ''));
}

/** Fewer ticks, until their texts do not overlap. */
export function fitting(lengthPx: number, make: (count: number) => Tick[]): Tick[] {
  let count = Math.max(1, Math.floor(lengthPx / (SPACE_PX + 5 * CHARACTER_PX)));
  let last: Tick[] = [];
  for (;;) {
    const ticks = make(count);
    if (ticks.length > 0) last = ticks;
    const widestPx = Math.max(0, ...ticks.map(({ text }) => textWidthPx(text))) + SPACE_PX;
    const places = ticks.map(({ place }) => place);
    const isFree = places.every((place, at) => at === 0 || (place - (places[at - 1] ?? 0)) * lengthPx >= widestPx);
    if (isFree && ticks.length > 0) return ticks;
    if (count === 1) return last.slice(0, 1);
    count = Math.max(1, Math.min(count - 1, Math.floor(lengthPx / widestPx)));
  }
}
