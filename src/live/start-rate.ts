import type { Rate } from '../access/token-bucket.ts';

/** A part of the starts of a second may come at once. */
const AT_ONCE = 0.1;

/** The limit under which no second, wherever it begins, has more than `perSecond` starts: those at once and those that follow. */
export function startRate(perSecond: number): Rate {
  const capacity = Math.max(1, Math.floor(perSecond * AT_ONCE));
  return { capacity, perSecond: perSecond === 1 ? 1 : perSecond - capacity };
}
