import { mapping } from './scales.ts';

export const SPARK_WIDTH = 96;
export const SPARK_HEIGHT = 20;

/** The path of some values. A gap where a value is NaN or infinite. */
export function sparklinePath(values: readonly number[]): string {
  const finite = values.filter(Number.isFinite);
  const toY = mapping('linear', { low: Math.min(...finite), high: Math.max(...finite) }, SPARK_HEIGHT - 2, 2);
  const step = SPARK_WIDTH / Math.max(1, values.length - 1);
  let path = '';
  let drawing = false;
  for (const [at, value] of values.entries()) {
    if (Number.isFinite(value)) {
      path += `${drawing ? 'L' : 'M'}${(at * step).toFixed(1)} ${toY(value).toFixed(1)}`;
    }
    drawing = Number.isFinite(value);
  }
  return path;
}
