import type { ComparedGroup } from '../../src/queries/shapes.ts';
import { fitting, type Tick, textWidthPx, valueTicks } from '../charts/axis-ticks.ts';
import { rangeOf } from '../charts/ranges.ts';
import { mapping } from '../charts/scales.ts';

export const BOX_WIDTH = 560;
/** Labels of the groups are to the left of it. */
export const BOX_LEFT = 150;
const RIGHT = BOX_WIDTH - 24;

export interface BoxValues {
  readonly group: ComparedGroup;
  /** Values of single trials, drawn as points. */
  readonly values: readonly number[];
}

export interface BoxScale {
  readonly toX: (value: number) => number;
  readonly ticks: readonly { readonly x: number; readonly text: string }[];
}

/** The axis over the extremes and the points of all groups. */
export function boxScale(groups: readonly BoxValues[]): BoxScale {
  const values = groups.flatMap(({ group: { min, max }, values: points }) => [
    min ?? Number.NaN,
    max ?? Number.NaN,
    ...points,
  ]);
  const range = rangeOf(values, 'linear');
  const toX = mapping('linear', range, BOX_LEFT, RIGHT);
  const x = ({ place }: Tick): number => BOX_LEFT + place * (RIGHT - BOX_LEFT);
  const ticks = fitting(RIGHT - BOX_LEFT, (count) => valueTicks('linear', range, count));
  const isWhole = (tick: Tick): boolean => x(tick) + textWidthPx(tick.text) / 2 <= BOX_WIDTH;
  return { toX, ticks: ticks.filter(isWhole).map((tick) => ({ x: x(tick), text: tick.text })) };
}

/** A part of the axis, from its left to its right end. */
export type Span = readonly [left: number, right: number];

export interface BoxMarks {
  readonly whiskers: Span | undefined;
  readonly box: Span | undefined;
  readonly median: number | undefined;
  readonly mean: number | undefined;
  /** The interval of the mean, as far as it is within the axis. */
  readonly interval: Span | undefined;
  readonly points: readonly number[];
}

/** The places of a group on the axis; of a figure that it does not have there is none. */
export function boxMarks({ group, values }: BoxValues, { toX }: BoxScale): BoxMarks {
  const { min, q1, median, q3, max, mean, ci95 } = group;
  const at = (value: number | null): number | undefined => {
    const x = value === null ? Number.NaN : toX(value);
    return Number.isNaN(x) ? undefined : Math.max(BOX_LEFT, Math.min(RIGHT, x));
  };
  const span = (low: number | null, high: number | null): Span | undefined => {
    const [left, right] = [at(low), at(high)];
    return left === undefined || right === undefined ? undefined : [left, right];
  };
  return {
    whiskers: span(min, max),
    box: span(q1, q3),
    median: at(median),
    mean: at(mean),
    interval: ci95 === null ? undefined : span(ci95[0], ci95[1]),
    points: values.flatMap((value) => at(value) ?? []),
  };
}
