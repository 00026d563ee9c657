import type { MetricValue } from '../../src/queries/shapes.ts';

/** The double that a value of the API stands for: `Number` reads all three texts. */
export const metricNumber = (value: MetricValue): number => Number(value);
