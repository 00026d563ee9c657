import type { Brush } from './compare-view.ts';

/**
 * A brush after one of its bounds was typed: null for none, a text for the reason why the bound is impossible. An empty text
 * takes the bound away.
 *
 * @param ends the bounds of the whole axis.
 */
export function editBound(
  brush: Brush | undefined,
  ends: Brush,
  end: 'low' | 'high',
  text: string,
): Brush | null | string {
  const value = text.trim() === '' ? ends[end] : Number(text);
  if (!Number.isFinite(value)) return `"${text}" is not a number.`;
  const next = { ...(brush ?? ends), [end]: value };
  if (next.low > next.high) return `The least value, ${next.low}, is above the greatest, ${next.high}.`;
  return next.low === ends.low && next.high === ends.high ? null : next;
}
