/** The sums of a moving average up to a value. */
export interface Average {
  readonly sum: number;
  readonly weight: number;
}

export const NO_AVERAGE: Average = { sum: 0, weight: 0 };

/**
 * One step of an exponential moving average over steps, free of the bias of its start: a value loses half of its weight in
 * `halfLifeSteps` steps. The average `sum / weight` depends on earlier values only and not on the length of the
 * series, and leaves a constant as it is.
 */
export function average(before: Average, value: number, distance: number, halfLifeSteps: number): Average {
  const kept = before.weight === 0 ? 0 : 0.5 ** (distance / halfLifeSteps);
  return { sum: before.sum * kept + value, weight: before.weight * kept + 1 };
}
