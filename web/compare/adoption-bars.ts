import type { Adoption } from '../../src/queries/page-shapes.ts';

export const ADOPTION_WIDTH = 620;
export const ADOPTION_HEIGHT = 120;
/** Room below the bars for times, and beside them for the greatest count. */
export const ADOPTION_FOOT = 18;
export const ADOPTION_LEFT = 36;
const TOP = 4;
const WIDEST = 40;

export interface AdoptionBar {
  readonly start: number;
  readonly x: number;
  readonly width: number;
  /** Heights of the two parts: trials with spectral norm at the foot, the others above them. */
  readonly with: number;
  readonly without: number;
}

export interface AdoptionBars {
  readonly bars: readonly AdoptionBar[];
  /** The greatest number of starts of an interval. */
  readonly most: number;
  /** The right end of the last bar. */
  readonly right: number;
}

/** The bars of the starts, each as far from the first one as its time. */
export function adoptionBars({ width_ms, start_ms, with: norm, without }: Adoption): AdoptionBars {
  const first = start_ms[0] ?? 0;
  const slotOf = (start: number): number => (width_ms > 0 ? Math.round((start - first) / width_ms) : 0);
  const slots = slotOf(start_ms.at(-1) ?? first) + 1;
  const counts = start_ms.map((_, at) => [norm[at] ?? 0, without[at] ?? 0] as const);
  const most = counts.reduce((greatest, [a, b]) => Math.max(greatest, a + b), 1);
  const slotWidth = Math.min(WIDEST, (ADOPTION_WIDTH - ADOPTION_LEFT - TOP) / slots);
  const height = (count: number): number => (count / most) * (ADOPTION_HEIGHT - ADOPTION_FOOT - TOP);
  return {
    bars: start_ms.map((start, at) => ({
      start,
      x: ADOPTION_LEFT + slotOf(start) * slotWidth,
      width: Math.max(1, slotWidth - 1),
      with: height(counts[at]?.[0] ?? 0),
      without: height(counts[at]?.[1] ?? 0),
    })),
    most,
    right: Math.min(ADOPTION_WIDTH, ADOPTION_LEFT + slots * slotWidth),
  };
}
