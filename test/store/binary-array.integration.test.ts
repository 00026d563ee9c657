import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  BIGINT,
  BOOL,
  FLOAT8,
  fixedArray,
  INT4,
  INT8,
  TIMESTAMPTZ,
  textArray,
  UUID,
} from '../../src/store/binary-array.ts';
import { doubleArbitrary, textArbitrary, uuidArbitrary } from '../arbitraries/values.ts';
import { Tables } from '../sinks/postgres/tables.ts';
import { createWorld } from '../support/world.ts';

const world = await createWorld();
const tables = new Tables(world.databaseUrl);

beforeAll(() => tables.open());
afterAll(async () => {
  await tables.close();
  await world.close();
});

/** The values as Postgres prints them. */
async function printed(type: string, parameter: Buffer): Promise<(string | null)[] | undefined> {
  const [row] = await tables.query<{ texts: (string | null)[] }>(`select $1::${type}[]::text[] as texts`, [parameter]);
  return row?.texts;
}

const print = (value: unknown): string | null => (value === null ? null : Object.is(value, -0) ? '-0' : String(value));
const column = <T>(value: fc.Arbitrary<T>) => fc.array(fc.option(value), { maxLength: 20 });

describe('Postgres reads the same values from a binary array', () => {
  const same = <T>(
    type: string,
    arbitrary: fc.Arbitrary<T>,
    write: (values: readonly (T | null)[]) => Buffer,
    read: (text: string) => unknown = (text) => text,
    expected: (value: T) => unknown = print,
  ) =>
    fc.assert(
      fc.asyncProperty(column(arbitrary), async (values) => {
        const texts = await printed(type, write(values));
        expect(texts?.map((text) => (text === null ? null : read(text)))).toEqual(
          values.map((value) => (value === null ? null : expected(value))),
        );
      }),
      { numRuns: 50 },
    );

  test('int4', () => same('int4', fc.integer(), (values) => fixedArray(INT4, values)));
  test('int8', () => same('int8', fc.maxSafeInteger(), (values) => fixedArray(INT8, values)));
  test('int8 beyond 53 bits', () =>
    same('int8', fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (values) => fixedArray(BIGINT, values)));
  test('float8', () =>
    same(
      'float8',
      doubleArbitrary,
      (values) => fixedArray(FLOAT8, values),
      Number,
      (value) => value,
    ));
  test('bool', () => same('bool', fc.boolean(), (values) => fixedArray(BOOL, values)));
  test('uuid', () => same('uuid', uuidArbitrary, (values) => fixedArray(UUID, values)));
  test('text', () => same('text', fc.oneof(textArbitrary(), fc.constantFrom('', 'NULL', '{"}', '\\')), textArray));

  const time = fc.oneof(
    fc.integer({ min: -62_135_596_800_000, max: 8.64e15 }),
    fc.constantFrom(8.64e15, -62_135_596_800_000, 0, -1, 946_684_800_000),
  );
  test('timestamptz', async () => {
    await fc.assert(
      fc.asyncProperty(column(time), async (values) => {
        const [row] = await tables.query<{ times: (string | null)[] }>(
          `select array_agg((extract(epoch from t) * 1000)::numeric(20, 3)::text order by n) as times
           from unnest($1::timestamptz[]) with ordinality as u (t, n)`,
          [fixedArray(TIMESTAMPTZ, values)],
        );
        expect(row?.times ?? []).toEqual(values.map((value) => (value === null ? null : `${value}.000`)));
      }),
      { numRuns: 50 },
    );
  });
});
