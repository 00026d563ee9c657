import type { Point } from '../charts/series.ts';

interface Held {
  readonly point: Point;
  /** The number of the point in the order of arrival. */
  readonly number: number;
}

/**
 * The points that the feed has brought, by series: one that is read later may lack them, because the tables are behind. A point
 * that the tables have by then is the same point again.
 */
export class RecentPoints {
  private readonly series = new Map<string, Held[]>();
  private readonly most: number;
  private next = 0;
  /** Points from this number on are held. */
  private first = 0;

  constructor(most: number) {
    this.most = most;
  }

  add(series: string, point: Point): void {
    const held = this.series.get(series);
    const entry = { point, number: this.next };
    if (held === undefined) this.series.set(series, [entry]);
    else held.push(entry);
    this.next += 1;
    if (this.next - this.first > this.most) this.dropOldest();
  }

  of(series: string): readonly Point[] {
    return this.series.get(series)?.map(({ point }) => point) ?? [];
  }

  private dropOldest(): void {
    this.first = this.next - Math.floor(this.most / 2);
    for (const [series, held] of this.series) {
      const kept = held.filter(({ number }) => number >= this.first);
      if (kept.length > 0) this.series.set(series, kept);
      else this.series.delete(series);
    }
  }
}
