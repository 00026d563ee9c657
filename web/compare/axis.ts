import type { ParameterValue, TrialListItem } from '../../src/queries/shapes.ts';
import { valueTicks } from '../charts/axis-ticks.ts';
import { rangeOf } from '../charts/ranges.ts';
import { placing, valueAt } from '../charts/scales.ts';
import type { Brush } from './compare-view.ts';
import { trialValue } from './sample.ts';
import { isExactInteger, valueKey, valueText } from './value-text.ts';

/** One axis over trials: numbers on a linear or logarithmic scale, or the distinct values of anything else. */
export interface Axis {
  readonly key: string;
  readonly isNumeric: boolean;
  /** No trial has a value that has a place. */
  readonly isEmpty: boolean;
  readonly isLog: boolean;
  /** Whether a logarithmic scale is possible: every number is above 0. */
  readonly mayBeLog: boolean;
  /** The place of a value from 0 (foot) to 1 (head); undefined for one that is missing, NaN or infinite. */
  readonly place: (value: ParameterValue | undefined) => number | undefined;
  readonly ticks: readonly { readonly at: number; readonly text: string }[];
  /** The value at a place, for a brush. */
  readonly valueAt: (place: number) => number;
}

const MOST_CATEGORIES = 12;
/** About this many ticks on a linear axis. */
const TICKS = 6;

/** The axis of a parameter or final metric over these trials. */
export function axisOf(key: string, trials: readonly TrialListItem[], wantsLog: boolean): Axis {
  const present = trials.map((trial) => trialValue(trial, key)).filter(hasValue);
  const numbers = present.flatMap((value) => numberOf(value) ?? []);
  const isNumeric = numbers.length > 0 && numbers.length === present.length;
  return isNumeric ? numericAxis(key, numbers, wantsLog) : categoryAxis(key, present);
}

/** NaN and infinities are no values of an axis. */
const hasValue = (value: ParameterValue | undefined): value is Exclude<ParameterValue, null> =>
  value !== undefined && value !== null && (typeof value !== 'number' || Number.isFinite(value));

/** The finite number that a value is. An integer beyond 2^53 arrives as text. */
export function numberOf(value: ParameterValue | undefined): number | undefined {
  if (typeof value === 'string' && isExactInteger(value)) return Number(value);
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

function numericAxis(key: string, numbers: readonly number[], wantsLog: boolean): Axis {
  const mayBeLog = numbers.every((value) => value > 0);
  const isLog = wantsLog && mayBeLog;
  const scale = isLog ? 'log' : 'linear';
  const range = rangeOf(numbers, scale);
  const place = placing(scale, range);
  return {
    key,
    isNumeric: true,
    isEmpty: false,
    isLog,
    mayBeLog,
    valueAt: (at) => valueAt(scale, range, at),
    place(value) {
      const number = numberOf(value);
      const at = number === undefined ? Number.NaN : place(number);
      return Number.isNaN(at) ? undefined : at;
    },
    ticks: valueTicks(scale, range, TICKS, numbers.every(Number.isInteger)).map(({ place: at, text }) => ({
      at,
      text,
    })),
  };
}

function categoryAxis(key: string, values: readonly ParameterValue[]): Axis {
  const distinct = [...new Map(values.map((value) => [valueKey(value), valueText(value)]))].sort(([, a], [, b]) =>
    a < b ? -1 : 1,
  );
  const places = new Map(distinct.map(([category], at) => [category, (at + 0.5) / distinct.length]));
  const shown = distinct.length <= MOST_CATEGORIES ? distinct : [];
  return {
    key,
    isNumeric: false,
    isEmpty: distinct.length === 0,
    isLog: false,
    mayBeLog: false,
    valueAt: (place) => place,
    place: (value) => (hasValue(value) ? places.get(valueKey(value)) : undefined),
    ticks: shown.map(([category, text]) => ({ at: places.get(category) ?? 0, text })),
  };
}

/** Whether every brush holds for a trial. A brush on an axis of categories is a range of places. */
export function isBrushed(trial: TrialListItem, axes: readonly Axis[], brushes: ReadonlyMap<string, Brush>): boolean {
  return axes.every((axis) => {
    const brush = brushes.get(axis.key);
    if (brush === undefined) return true;
    const value = trialValue(trial, axis.key);
    const compared = axis.isNumeric ? numberOf(value) : axis.place(value);
    return compared !== undefined && compared >= brush.low && compared <= brush.high;
  });
}
