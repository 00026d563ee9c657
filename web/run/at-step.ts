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
