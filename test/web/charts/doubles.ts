import fc from 'fast-check';

/** Doubles of every size, with those at the ends more often than chance has them. */
export const doubles = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.double({ min: -10, max: 10, noNaN: true }),
  fc.constantFrom(0, -0, 5e-324, -5e-324, 1e-323, 2.2e-308, 1, 1 + Number.EPSILON, 1 - Number.EPSILON / 2, 1e300),
  fc.constantFrom(2 ** 60 - 256, 2 ** 60, 2 ** 60 + 256, 1e308, -1e308, Number.MAX_VALUE, -Number.MAX_VALUE),
);

export const withNonFinite = fc.oneof(
  { weight: 6, arbitrary: doubles },
  { weight: 1, arbitrary: fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY) },
);

export const scales = fc.constantFrom('linear', 'log', 'symlog', 'nines');
