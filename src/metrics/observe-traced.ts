import type { Histogram } from 'prom-client';

/** Observes one value of a histogram with exemplars. @param traceId the trace that shows where the time was spent, if one is recorded. */
export function observeTraced<L extends string>(
  histogram: Histogram<L>,
  labels: Readonly<Record<L, string>>,
  value: number,
  traceId?: string,
): void {
  // The types of prom-client give an exemplar the labels of the histogram; its labels are its own.
  const exemplarLabels = traceId === undefined ? {} : ({ trace_id: traceId } as object);
  histogram.observe({ labels, value, exemplarLabels });
}
