import { describe, expect, test } from '@jest/globals';
import { GREY, GROUND, PALETTE, type Theme } from '../../../web/colour/palette.ts';

type Rgb = readonly [number, number, number];

/** Linear RGB of `#rrggbb`. */
const linear = (hex: string): Rgb =>
  [1, 3, 5].map((at) => {
    const channel = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  }) as unknown as Rgb;

const dot = (row: Rgb, [r, g, b]: Rgb): number => row[0] * r + row[1] * g + row[2] * b;

/** WCAG 2.2, relative luminance. */
const luminance = (colour: Rgb): number => dot([0.2126, 0.7152, 0.0722], colour);

const contrast = (a: string, b: string): number => {
  const [low = 0, high = 0] = [luminance(linear(a)), luminance(linear(b))].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
};

/** https://bottosson.github.io/posts/oklab/ */
function oklab(colour: Rgb): Rgb {
  const lms = (
    [
      [0.4122214708, 0.5363325363, 0.0514459929],
      [0.2119034982, 0.6806995451, 0.1073969566],
      [0.0883024619, 0.2817188376, 0.6299787005],
    ] as const
  ).map((row) => Math.cbrt(dot(row, colour))) as unknown as Rgb;
  return [
    dot([0.2104542553, 0.793617785, -0.0040720468], lms),
    dot([1.9779984951, -2.428592205, 0.4505937099], lms),
    dot([0.0259040371, 0.7827717662, -0.808675766], lms),
  ];
}

/** Machado, Oliveira and Fernandes (2009), severity 1, in linear RGB. */
const SIGHT: Readonly<Record<string, readonly [Rgb, Rgb, Rgb]>> = {
  normal: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protan: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deutan: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritan: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

function distance(a: string, b: string, sight: readonly [Rgb, Rgb, Rgb]): number {
  const seen = (hex: string): Rgb =>
    oklab(sight.map((row) => Math.min(1, Math.max(0, dot(row, linear(hex))))) as unknown as Rgb);
  const [x, y] = [seen(a), seen(b)];
  return 100 * Math.hypot(x[0] - y[0], x[1] - y[1], x[2] - y[2]);
}

describe.each(['light', 'dark'] as const)('the %s palette', (theme: Theme) => {
  test.each(PALETTE[theme])('%s has a contrast of at least 4.5:1 with the ground', (colour) => {
    expect(contrast(colour, GROUND[theme])).toBeGreaterThanOrEqual(4.5);
  });

  test('the grey of groups without a look of their own has it too', () => {
    expect(contrast(GREY[theme], GROUND[theme])).toBeGreaterThanOrEqual(4.5);
  });

  test.each(Object.keys(SIGHT))('any two colours differ by at least 6.5 for %s sight', (sight) => {
    const matrix = SIGHT[sight];
    if (matrix === undefined) throw new Error(sight);
    const colours = PALETTE[theme];
    for (const [at, colour] of colours.entries()) {
      for (const other of colours.slice(at + 1)) {
        expect([colour, other, distance(colour, other, matrix) >= 6.5]).toEqual([colour, other, true]);
      }
    }
  });

  test('the colours of spectral norm true and false differ by at least 20 for any sight', () => {
    for (const matrix of Object.values(SIGHT)) {
      expect(distance(PALETTE[theme][0], PALETTE[theme][1], matrix)).toBeGreaterThanOrEqual(20);
    }
  });
});
