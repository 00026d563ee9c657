/** Ranges of Kafka offsets, both ends included, in ascending order, none adjoining another. Offsets are below 2^53. */
export type OffsetRanges = readonly (readonly [first: number, last: number])[];

/** Ranges kept for one partition; the oldest is forgotten beyond that. */
const MAX_RANGES = 16;

export const containsOffset = (ranges: OffsetRanges, offset: number): boolean =>
  ranges.some(([first, last]) => offset >= first && offset <= last);

/** The ranges with one more. Ranges that overlap or adjoin become one. */
export function addRange(ranges: OffsetRanges, [first, last]: readonly [number, number]): OffsetRanges {
  const apart = ranges.filter(([from, to]) => to < first - 1 || from > last + 1);
  const joined = ranges.filter((range) => !apart.includes(range));
  const merged = [Math.min(first, ...joined.map(([from]) => from)), Math.max(last, ...joined.map(([, to]) => to))];
  return [...apart, merged as [number, number]].sort(([a], [b]) => a - b).slice(-MAX_RANGES);
}
