import type { Series } from '../charts/series.ts';

/** Computes the value of a bucket, and what the next bucket needs of it. */
export type NextValue<State> = (series: Series, at: number, before: State) => readonly [value: number, after: State];

interface Held<State> {
  readonly revision: number;
  readonly values: number[];
  /** Values that change no more as long as the series only grows, and the state after them. */
  closed: number;
  state: State;
}

/** A column that is computed from each series of a chart, and continued as long as the series only grows at its end. */
export class GrowingColumn<State> {
  private readonly held = new WeakMap<Series, Held<State>>();
  private readonly first: State;
  private readonly next: NextValue<State>;

  constructor(first: State, next: NextValue<State>) {
    this.first = first;
    this.next = next;
  }

  /** The values of a series: the same array as before if it was continued. */
  of(series: Series): readonly number[] {
    const { revision } = series;
    let held = this.held.get(series);
    if (held?.revision !== revision) {
      held = { revision, values: [], closed: 0, state: this.first };
      this.held.set(series, held);
    }
    held.values.length = held.closed;
    for (let at = held.closed; at < series.steps.length; at += 1) {
      const [value, after] = this.next(series, at, held.state);
      held.values.push(value);
      if (at === series.steps.length - 1) break;
      held.state = after;
      held.closed = at + 1;
    }
    return held.values;
  }
}
