import { firstIndex } from '../data/first-index.ts';

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
  return firstIndex(xs.length, (at) => (xs[at] ?? 0) <= x) - 1;
}
