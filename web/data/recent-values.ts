import type { LivePoint } from '../../src/live/frames.ts';
import type { ExactNumber } from '../../src/queries/shapes.ts';
import { metricNumber } from './metric-number.ts';

/** The latest values of one metric of a trial. */
export interface Recent {
  readonly name: string;
  /** In the order of steps, at most {@link KEPT}. */
  readonly values: readonly number[];
  readonly steps: readonly ExactNumber[];
  /** When the last point of any metric arrived, by the clock of the browser, in epoch milliseconds; 0 if it is not known. */
  readonly arrivedAt: number;
}

interface Held {
  readonly name: string;
  readonly attempt: number;
  readonly steps: ExactNumber[];
  readonly values: number[];
  arrivedAt: number;
}

/** A record of points as the feed sends it, or one made of an answer. */
export type PointRecord = LivePoint<ExactNumber>;

const KEPT = 60;
/** Trials in memory; the trial whose last point is the oldest is dropped first. */
const MAX_TRIALS = 500;
/** The metric that is shown: the first of these that a trial reports, else the first it reported. */
const PREFERRED = ['val_accuracy', 'accuracy', 'val_loss', 'loss'];

/** The latest values of each trial, for the sparklines of the monitor. */
export class RecentValues {
  private readonly trials = new Map<string, Held>();

  /** @param arrivedAt when the points arrived, by the clock of the browser: that of a worker may be late. */
  add(key: string, points: readonly PointRecord[], arrivedAt: number): void {
    let held = this.trials.get(key);
    for (const [step, , , attempt, values] of points) {
      if (held !== undefined && attempt < held.attempt) continue;
      // A later attempt starts over.
      if (held !== undefined && attempt > held.attempt) held = undefined;
      if (held !== undefined) held.arrivedAt = Math.max(held.arrivedAt, arrivedAt);
      const name = preferred(Object.keys(values), held?.name);
      if (name === undefined) continue;
      if (held?.name !== name) held = { name, attempt, steps: [], values: [], arrivedAt };
      const value = values[name];
      if (value !== undefined) insert(held, step, metricNumber(value));
    }
    if (held === undefined) return;
    this.trials.delete(key);
    this.trials.set(key, held);
    if (this.trials.size > MAX_TRIALS) this.trials.delete(this.trials.keys().next().value ?? '');
  }

  /** The values of a trial at its latest attempt, which is 0 if it is not known; those of an earlier one are past. */
  of(key: string, attempt = 0): Recent | undefined {
    const held = this.trials.get(key);
    return held !== undefined && held.attempt > 0 && held.attempt < attempt ? undefined : held;
  }
}

/** The metric that the monitor shows of a trial with these. */
export const preferredMetric = (names: readonly string[]): string | undefined => preferred(names, undefined);

/** The first step of the values that are not finite at the end; undefined if the last one is finite. */
export function nonFiniteSince({ steps, values }: Pick<Recent, 'steps' | 'values'>): ExactNumber | undefined {
  let at = values.length;
  while (at > 0 && !Number.isFinite(values[at - 1])) at -= 1;
  return steps[at];
}

function preferred(names: readonly string[], held: string | undefined): string | undefined {
  const rank = (name: string | undefined): number => {
    const at = name === undefined ? -1 : PREFERRED.indexOf(name);
    return at < 0 ? PREFERRED.length : at;
  };
  const best = PREFERRED.find((name) => names.includes(name));
  if (held === undefined) return best ?? names[0];
  if (best !== undefined && rank(best) < rank(held)) return best;
  return names.includes(held) ? held : undefined;
}

function insert({ steps, values }: Held, step: ExactNumber, value: number): void {
  let at = steps.length;
  while (at > 0 && Number(steps[at - 1]) > Number(step)) at -= 1;
  if (steps[at - 1] === step) {
    values[at - 1] = value;
    return;
  }
  steps.splice(at, 0, step);
  values.splice(at, 0, value);
  if (steps.length > KEPT) {
    steps.shift();
    values.shift();
  }
}
