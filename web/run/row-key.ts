import { hasModifier, type KeyPress } from '../shell/page-key.ts';

/** The place of the focus: a control in a row, any other part of a row, the table as a whole, or its head. */
export type FocusPlace = 'control' | 'row' | 'table' | 'head';

export type RowAction = { readonly kind: 'move'; readonly by: number } | { readonly kind: 'open' | 'select' };

const MOVES: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowUp: -1, PageDown: 12, PageUp: -12 };

/** The effect of a key on the active row of a table; undefined if it is not for the rows. A control keeps its own keys. */
export function rowAction(press: KeyPress, place: FocusPlace): RowAction | undefined {
  if (hasModifier(press)) return undefined;
  const by = MOVES[press.key];
  if (by !== undefined) return { kind: 'move', by };
  if (press.key === 'Enter' && place === 'table') return { kind: 'open' };
  return press.key === ' ' && place === 'row' ? { kind: 'select' } : undefined;
}
