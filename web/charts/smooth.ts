/**
 * An exponential moving average over steps, free of the bias of its start: a value loses half of its weight in
 * `halfLifeSteps` steps. It depends on earlier values only and not on the length of the series, and leaves a constant as
 * it is. The average starts over at each place of `breaks`.
 */
export function smooth(
  steps: readonly number[],
  values: readonly number[],
  halfLifeSteps: number,
  breaks: readonly number[] = [],
): number[] {
  if (halfLifeSteps <= 0) return [...values];
  const starts = new Set(breaks);
  let sum = 0;
  let weight = 0;
  return values.map((value, at) => {
    const distance = (steps[at] ?? 0) - (steps[at - 1] ?? 0);
    const kept = at === 0 || starts.has(at) ? 0 : 0.5 ** (distance / halfLifeSteps);
    sum = sum * kept + value;
    weight = weight * kept + 1;
    return sum / weight;
  });
}
