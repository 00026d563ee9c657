import fc from 'fast-check';

// biome-ignore lint/suspicious/noControlCharactersInRegex: leaving them out is the purpose
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/g;

/** Any well-formed Unicode, astral planes included, without NUL, which Postgres has no place for. */
export const textArbitrary = (maxLength = 40): fc.Arbitrary<string> =>
  fc.string({ unit: 'binary', maxLength }).map((text) => text.replaceAll('\0', ''));

/** A name: 1..255 UTF-16 units without control characters. */
export const nameArbitrary: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: fc.stringMatching(/^[A-Za-z0-9_.:/-]{1,24}$/) },
  {
    weight: 2,
    arbitrary: fc
      .string({ unit: 'binary', minLength: 1, maxLength: 20 })
      .map((text) => text.replace(CONTROL, ''))
      .filter((text) => text !== ''),
  },
  { weight: 1, arbitrary: fc.constantFrom('constructor', 'toString', 'NaN', 'null', '0', ' ', 'x'.repeat(255)) },
);

/** An id: a name other than `.` and `..`. */
export const idArbitrary: fc.Arbitrary<string> = nameArbitrary.filter((id) => !/^\.\.?$/.test(id));

/** The name of a metric: a name that is not __proto__. */
export const metricNameArbitrary: fc.Arbitrary<string> = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom('train_loss', 'val_loss', 'val_accuracy', 'lr') },
  { weight: 1, arbitrary: nameArbitrary.filter((name) => name !== '__proto__') },
);

/** Any double: NaN, both infinities, -0 and denormals included. */
export const doubleArbitrary: fc.Arbitrary<number> = fc.oneof(
  { weight: 4, arbitrary: fc.double() },
  { weight: 1, arbitrary: fc.constantFrom(Number.NaN, Infinity, -Infinity, -0, 0, 5e-324, Number.MAX_VALUE) },
);

/** At least one value by name. */
export const measurementsArbitrary: fc.Arbitrary<Readonly<Record<string, number>>> = fc.dictionary(
  metricNameArbitrary,
  doubleArbitrary,
  { minKeys: 1, maxKeys: 5, noNullPrototype: true },
);

const leaf = fc.oneof(
  fc.constant(null),
  fc.boolean(),
  textArbitrary(12),
  fc.integer(),
  // JSON has no other numbers, and -0 is written as 0.
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => (Object.is(number, -0) ? 0 : number)),
);

const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    leaf,
    fc.array(tie('tree'), { maxLength: 4 }),
    fc.dictionary(textArbitrary(8), tie('tree'), { maxKeys: 4, noNullPrototype: true }),
  ),
}));

/** A free-form JSON object: nested, in any Unicode, every number finite. */
export const jsonObjectArbitrary: fc.Arbitrary<Readonly<Record<string, unknown>>> = fc.dictionary(
  fc.oneof(textArbitrary(8), fc.constantFrom('optimizer', 'batch_size', 'note', 'constructor')),
  tree,
  { maxKeys: 5, noNullPrototype: true },
);

/** The text of a free-form JSON object. */
export const jsonTextArbitrary: fc.Arbitrary<string> = jsonObjectArbitrary.map((value) => JSON.stringify(value));

/** A UUID in lower case. */
export const uuidArbitrary: fc.Arbitrary<string> = fc.uuid();

/** `arbitrary`, or null now and then. */
export const orNull = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(arbitrary, { freq: 2 });
