/** A moving average up to a value, and the sum of the weights of the values before it. */
export interface Average {
  readonly mean: number;
  readonly weight: number;
}

export const NO_AVERAGE: Average = { mean: 0, weight: 0 };

/**
 * One step of an exponential moving average over steps, free of the bias of its start: a value loses half of its weight in
 * `halfLifeSteps` steps. The average depends on earlier values only and not on the length of the series, leaves a constant as
 * it is, and is between the least and the greatest value, also where their sum is beyond a double.
 */
export function average(before: Average, value: number, distance: number, halfLifeSteps: number): Average {
  const kept = before.weight === 0 ? 0 : before.weight * 0.5 ** (distance / halfLifeSteps);
  const weight = kept + 1;
  const difference = value - before.mean;
  const mean = Number.isFinite(difference)
    ? before.mean + difference / weight
    : before.mean * (kept / weight) + value / weight;
  return { mean: kept === 0 ? value : mean, weight };
}
