/**
 * The first index for which `isBefore` is false, by halving; `length` if there is none. `isBefore` must hold for a beginning of the
 * list and for nothing after it.
 */
export function firstIndex(length: number, isBefore: (at: number) => boolean): number {
  let [low, high] = [0, length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isBefore(middle)) low = middle + 1;
    else high = middle;
  }
  return low;
}
