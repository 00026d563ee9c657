import type { Point } from '../charts/series.ts';

/** The last value of each series, by the merge law: the greatest step of the latest attempt, in whatever order points arrive. */
export class LastValues {
  private readonly points = new Map<string, Point>();
  private readonly most: number;

  /** @param most series in memory; then all are dropped, and the next points fill them again. */
  constructor(most: number) {
    this.most = most;
  }

  add(series: string, point: Point): void {
    const held = this.points.get(series);
    const isLater =
      held === undefined || point.attempt > held.attempt || (point.attempt === held.attempt && point.step >= held.step);
    if (!isLater) return;
    if (held === undefined && this.points.size >= this.most) this.points.clear();
    this.points.set(series, point);
  }

  of(series: string): number | undefined {
    return this.points.get(series)?.value;
  }
}
