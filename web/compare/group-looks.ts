import type { ComparedGroup } from '../../src/queries/shapes.ts';
import { DASHES } from '../charts/shapes.ts';
import { colourOf, GREY, slotOfSpectralNorm, type Theme } from '../colour/palette.ts';

type Group = ComparedGroup['group'];

/** The colour and the variant that distinguish a group of a comparison. */
export interface GroupLook {
  /** The slot of the colour; null for the grey that groups share which have no look of their own. */
  readonly slot: number | null;
  /** The dashes of lines and the shape of points (shapes.ts), where groups differ in them. */
  readonly variant: number | undefined;
}

/** The look of each group, by {@link groupKeyOf}. */
export type GroupLooks = ReadonlyMap<string, GroupLook>;

/** Identifies a group by its values. */
export const groupKeyOf = (group: Group): string => JSON.stringify(group);

/** Slots for values that are not of spectral norm. */
const FIRST_SLOT = 2;
const OTHER_SLOTS = 6;
const VARIANTS = DASHES.length;
const SHARED: GroupLook = { slot: null, variant: undefined };

/**
 * The look of each group. The colour is that of spectral norm, if it is grouped by, else of the first member: slots 0 and 1 are
 * spectral_norm true and false, and nothing else on a page that compares. The variant is that of the other member; with one
 * member, the seventh group has the first colour again, in another variant. No two groups have the same look: those beyond all
 * colours and variants are grey.
 */
export function looksOfGroups(groupBy: readonly string[], groups: readonly Group[]): GroupLooks {
  const colourAt = Math.max(0, groupBy.indexOf('spectral_norm'));
  const isNorm = groupBy[colourAt] === 'spectral_norm';
  const placesAt = (at: number): ReadonlyMap<string, number> =>
    new Map([...new Set(groups.map((group) => groupKeyOf([group[at] ?? null])))].map((key, place) => [key, place]));
  const placeIn = (places: ReadonlyMap<string, number>, group: Group, at: number): number =>
    places.get(groupKeyOf([group[at] ?? null])) ?? 0;
  const [colours, variants] = [placesAt(colourAt), placesAt(1 - colourAt)];
  const isOne = groupBy.length < 2;
  return new Map(
    groups.map((group) => {
      const colour = placeIn(colours, group, colourAt);
      const round = isNorm ? 0 : Math.floor(colour / OTHER_SLOTS);
      const variant = isOne ? round : placeIn(variants, group, 1 - colourAt);
      const isShared = variant >= VARIANTS || (!isOne && round > 0);
      const slot = isNorm ? slotOfSpectralNorm(group[colourAt] === true) : FIRST_SLOT + (colour % OTHER_SLOTS);
      const hasVariants = !isOne || (!isNorm && colours.size > OTHER_SLOTS);
      return [groupKeyOf(group), isShared ? SHARED : { slot, variant: hasVariants ? variant : undefined }];
    }),
  );
}

export const lookOfGroup = (looks: GroupLooks, group: Group): GroupLook => looks.get(groupKeyOf(group)) ?? SHARED;

export function colourOfGroup(looks: GroupLooks, group: Group, theme: Theme): string {
  const { slot } = lookOfGroup(looks, group);
  return slot === null ? GREY[theme] : colourOf(slot, theme);
}

/** Groups that share the grey. */
export const sharedLooks = (looks: GroupLooks): number =>
  [...looks.values()].filter(({ slot }) => slot === null).length;
