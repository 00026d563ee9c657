import type { Series } from '../charts/series.ts';

/** The last value of `other` at each step or before it; NaN before its first one. */
export function atSameSteps(steps: readonly number[], other: Pick<Series, 'steps' | 'last'> | undefined): number[] {
  let at = -1;
  return steps.map((step) => {
    while (other !== undefined && (other.steps[at + 1] ?? Number.POSITIVE_INFINITY) <= step) at += 1;
    return other?.last[at] ?? Number.NaN;
  });
}

/** The place of the value that a cursor at `x` reads: the last one at or before it, or the nearest where x does not ascend. */
export function placeAt(xs: readonly number[], x: number, ascends: boolean): number {
  if (!ascends) {
    let nearest = -1;
    for (const [at, each] of xs.entries()) {
      const distance = Math.abs(each - x);
      if (distance < Math.abs((xs[nearest] ?? Number.POSITIVE_INFINITY) - x)) nearest = at;
    }
    return nearest;
  }
  let [low, high] = [0, xs.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((xs[middle] ?? 0) <= x) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
