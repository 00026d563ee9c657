import type { Series } from '../charts/series.ts';

interface Held {
  readonly other: Series | undefined;
  readonly revision: number;
  readonly otherRevision: number | undefined;
  readonly values: number[];
  /** Values that change no more as long as both series only grow, and the place in the other one after them. */
  readonly settled: number;
  readonly at: number;
}

/** The last value of another series at each step of a series, or before it; NaN before its first one. */
export class MatchedColumn {
  private readonly held = new WeakMap<Series, Held>();

  /** The values of a series: the same array as before if nothing but its last value has changed, and values have been added. */
  of(series: Series, other: Series | undefined): readonly number[] {
    const held = this.held.get(series);
    const isContinued =
      held?.other === other && held?.revision === series.revision && held.otherRevision === other?.revision;
    let { settled, at } = isContinued && held !== undefined ? held : { settled: 0, at: -1 };
    const before = isContinued && held !== undefined ? held.values : [];
    const from = settled;
    const openFrom = startOfLast(other);
    const added: number[] = [];
    let next = at;
    for (let place = from; place < series.steps.length; place += 1) {
      const step = series.steps[place] ?? 0;
      while ((other?.steps[next + 1] ?? Number.POSITIVE_INFINITY) <= step) next += 1;
      added.push(other?.last[next] ?? Number.NaN);
      if (place < series.steps.length - 1 && step < openFrom) [settled, at] = [place + 1, next];
    }
    // The other series may have been late: a value that is drawn already is another one now.
    const isChanged = before.slice(from, -1).some((value, place) => !Object.is(value, added[place]));
    const values = isChanged ? before.slice(0, from) : before;
    values.length = from;
    for (const value of added) values.push(value);
    const { revision } = series;
    this.held.set(series, { other, revision, otherRevision: other?.revision, values, settled, at });
    return values;
  }
}

/** The first step of the last bucket, which may still change. */
function startOfLast(series: Series | undefined): number {
  const last = series?.steps.at(-1);
  return series === undefined || last === undefined
    ? Number.NEGATIVE_INFINITY
    : Math.floor(last / series.width) * series.width;
}
