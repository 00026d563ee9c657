import type { ComparedGroup } from '../../src/queries/shapes.ts';
import { colourOf, slotOfSpectralNorm, type Theme } from '../colour/palette.ts';

type Group = ComparedGroup['group'];

/** The colour and the variant that distinguish a group of a comparison. */
export interface GroupLook {
  /** The slot of the colour. */
  readonly slot: number;
  /** The dashes of lines and the shape of points (shapes.ts), by the other member of a grouping by two. */
  readonly variant: number | undefined;
}

/** The look of each group, by {@link groupKeyOf}. */
export type GroupLooks = ReadonlyMap<string, GroupLook>;

/** Identifies a group by its values. */
export const groupKeyOf = (group: Group): string => JSON.stringify(group);

/** Slots for values that are not of spectral norm. */
const FIRST_SLOT = 2;
const OTHER_SLOTS = 6;
const UNKNOWN: GroupLook = { slot: FIRST_SLOT + OTHER_SLOTS - 1, variant: undefined };

/**
 * The look of each group. The colour is that of spectral norm, if it is grouped by, else of the first member: slots 1 and 2 are
 * spectral_norm true and false, and nothing else on a page that compares. From the seventh other value on, slots repeat.
 */
export function looksOfGroups(groupBy: readonly string[], groups: readonly Group[]): GroupLooks {
  const colourAt = Math.max(0, groupBy.indexOf('spectral_norm'));
  const isNorm = groupBy[colourAt] === 'spectral_norm';
  const valuesAt = (at: number): string[] => [...new Set(groups.map((group) => groupKeyOf([group[at] ?? null])))];
  const [colours, variants] = [valuesAt(colourAt), groupBy.length < 2 ? [] : valuesAt(1 - colourAt)];
  const numberIn = (values: readonly string[], group: Group, at: number): number =>
    Math.max(0, values.indexOf(groupKeyOf([group[at] ?? null])));
  return new Map(
    groups.map((group) => {
      const slot = isNorm
        ? slotOfSpectralNorm(group[colourAt] === true)
        : FIRST_SLOT + (numberIn(colours, group, colourAt) % OTHER_SLOTS);
      const variant = groupBy.length < 2 ? undefined : numberIn(variants, group, 1 - colourAt);
      return [groupKeyOf(group), { slot, variant }];
    }),
  );
}

export const lookOfGroup = (looks: GroupLooks, group: Group): GroupLook => looks.get(groupKeyOf(group)) ?? UNKNOWN;

export const colourOfGroup = (looks: GroupLooks, group: Group, theme: Theme): string =>
  colourOf(lookOfGroup(looks, group).slot, theme);
