import type { ParameterValue, TrialListItem } from '../../src/queries/shapes.ts';
import { rangeOf } from '../charts/scales.ts';
import { logTicksOf, ticksOf } from '../charts/ticks.ts';
import { formatNumber } from '../format/number.ts';
import type { Brush } from './compare-view.ts';
import { trialValue } from './sample.ts';

/** One axis over trials: numbers on a linear or logarithmic scale, or the distinct values of anything else. */
export interface Axis {
  readonly key: string;
  readonly isNumeric: boolean;
  readonly isLog: boolean;
  /** Whether a logarithmic scale is possible: every number is above 0. */
  readonly mayBeLog: boolean;
  /** The place of a value from 0 (foot) to 1 (head); undefined for one that is missing, NaN or infinite. */
  readonly place: (value: ParameterValue | undefined) => number | undefined;
  readonly ticks: readonly { readonly at: number; readonly text: string }[];
  /** The value at a place, for a brush. */
  readonly valueAt: (place: number) => number;
}

const MOST_WORDS = 12;
/** About this many ticks on a linear axis. */
const TICKS = 6;

/** The axis of a parameter or final metric over these trials. */
export function axisOf(key: string, trials: readonly TrialListItem[], wantsLog: boolean): Axis {
  const values = trials.map((trial) => trialValue(trial, key));
  const numbers = values.filter((value) => typeof value === 'number' && Number.isFinite(value)) as number[];
  const present = values.filter((value) => value !== undefined && value !== null);
  const isNumeric = numbers.length > 0 && present.every((value) => typeof value === 'number');
  return isNumeric ? numericAxis(key, numbers, wantsLog) : wordAxis(key, present.map(String));
}

function numericAxis(key: string, numbers: readonly number[], wantsLog: boolean): Axis {
  const mayBeLog = numbers.every((value) => value > 0);
  const isLog = wantsLog && mayBeLog;
  const { low, high } = rangeOf(numbers, isLog ? 'log' : 'linear');
  const [from, to] = isLog ? [Math.log10(low), Math.log10(high)] : [low, high];
  const valueAt = (place: number): number => {
    const value = from + place * (to - from);
    return isLog ? 10 ** value : value;
  };
  return {
    key,
    isNumeric: true,
    isLog,
    mayBeLog,
    valueAt,
    place(value) {
      if (typeof value !== 'number' || !Number.isFinite(value)) return undefined;
      return ((isLog ? Math.log10(value) : value) - from) / (to - from);
    },
    ticks: (isLog ? logTicksOf(low, high) : ticksOf(low, high, TICKS)).map((value) => ({
      at: ((isLog ? Math.log10(value) : value) - from) / (to - from),
      text: formatNumber(value),
    })),
  };
}

function wordAxis(key: string, words: readonly string[]): Axis {
  const distinct = [...new Set(words)].sort();
  const places = new Map(distinct.map((word, at) => [word, (at + 0.5) / distinct.length]));
  const shown = distinct.length <= MOST_WORDS ? distinct : [];
  return {
    key,
    isNumeric: false,
    isLog: false,
    mayBeLog: false,
    valueAt: (place) => place,
    place: (value) => (value === undefined || value === null ? undefined : places.get(String(value))),
    ticks: shown.map((word) => ({ at: places.get(word) ?? 0, text: word })),
  };
}

/** Whether every brush holds for a trial. A brush of words is a range of places. */
export function isBrushed(trial: TrialListItem, axes: readonly Axis[], brushes: ReadonlyMap<string, Brush>): boolean {
  return axes.every((axis) => {
    const brush = brushes.get(axis.key);
    if (brush === undefined) return true;
    const value = trialValue(trial, axis.key);
    const compared = axis.isNumeric ? Number(value ?? Number.NaN) : axis.place(value);
    return compared !== undefined && compared >= brush.low && compared <= brush.high;
  });
}
