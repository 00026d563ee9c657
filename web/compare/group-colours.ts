import type { ComparedGroup } from '../../src/queries/shapes.ts';
import { colourOf, slotOfSpectralNorm, type Theme } from '../colour/palette.ts';

type Group = ComparedGroup['group'];

/** The colour slot of each group, by {@link groupKeyOf}. */
export type GroupSlots = ReadonlyMap<string, number>;

/** Identifies a group by its values. */
export const groupKeyOf = (group: Group): string => JSON.stringify(group);

/** Slots for groups that are not of spectral norm. */
const FIRST_SLOT = 2;
const OTHER_SLOTS = 6;

/**
 * The colour slot of each group, in their order. Slots 1 and 2 are spectral_norm true and false, and nothing else on a page that
 * compares; from the seventh group of another kind on, slots repeat.
 */
export function slotsOfGroups(groupBy: readonly string[], groups: readonly Group[]): GroupSlots {
  const isNorm = groupBy.length === 1 && groupBy[0] === 'spectral_norm';
  return new Map(
    groups.map((group, at) => [
      groupKeyOf(group),
      isNorm ? slotOfSpectralNorm(group[0] === true) : FIRST_SLOT + (at % OTHER_SLOTS),
    ]),
  );
}

export const colourOfGroup = (slots: GroupSlots, group: Group, theme: Theme): string =>
  colourOf(slots.get(groupKeyOf(group)) ?? FIRST_SLOT + OTHER_SLOTS - 1, theme);
