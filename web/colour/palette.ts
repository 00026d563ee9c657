/**
 * The colours of series, in order, for each theme. Both lists have the same hue in each slot: blue, orange, green, pink,
 * purple, olive, sky, brick. Slots 0 and 1 mean spectral_norm true and false wherever trials are compared.
 *
 * test/web/colour/palette.test.ts proves the contrast with the page (at least 4.5:1) and the distance of any two colours for
 * normal and colour-blind sight (at least 6.5 in OKLab x 100).
 */
export const PALETTE = {
  light: ['#3140a7', '#c35502', '#527f72', '#762c65', '#8965b4', '#6e5402', '#336b73', '#8a1a3c'],
  dark: ['#72b0fe', '#eaa548', '#b5dcc7', '#a9869a', '#8986de', '#ebcf70', '#56d9fd', '#d77156'],
} as const;

/** The ground that lines are drawn on. styles/theme.css has the same values. */
export const GROUND = { light: '#ffffff', dark: '#14171c' } as const;

/** The colour of a group beyond those that have a look of their own. */
export const GREY = { light: '#5b6570', dark: '#9aa4b0' } as const;

export type Theme = keyof typeof PALETTE;

export const SLOTS = PALETTE.light.length;

/** The slot of spectral_norm, everywhere. */
export const slotOfSpectralNorm = (spectralNorm: boolean): number => (spectralNorm ? 0 : 1);

export const colourOf = (slot: number, theme: Theme): string => PALETTE[theme][slot % SLOTS] ?? PALETTE[theme][0];
