import { afterAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  type MetricPoint,
  metricOf,
  nameTag,
  type Param,
  paramOf,
  type Tag,
  tagOf,
} from '../../src/mlflow/entities.ts';
import { entityName } from '../../src/mlflow/entity-name.ts';
import { accepted, createMlflowWorld } from './mlflow-world.ts';
import { startPythonClient } from './python-client.ts';

const mlflow = await createMlflowWorld();
const python = await startPythonClient(mlflow.client.base);
afterAll(async () => {
  await python.close();
  await mlflow.close();
});

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom('', 'loss', 'a(b)', 'nul\0', 'half\ud800', '__proto__', 'x'.repeat(9_000), '😀'.repeat(7_000)),
);
const name = fc.oneof(fc.constantFrom('loss', 'val_acc', 'train/loss'), text);
const pointArbitrary: fc.Arbitrary<MetricPoint> = fc.record({
  name,
  value: fc.oneof(fc.double(), fc.constantFrom(0, -0, Number.NaN, 1e308, 5e-324, 0.1)),
  timestampMs: fc.oneof(
    fc.integer({ min: 1_760_000_000_000, max: 1_760_000_000_003 }),
    fc.integer({ min: -1, max: 253_402_300_799_999 }),
  ),
  step: fc.oneof(fc.nat(3), fc.maxSafeInteger(), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })),
});
const pairs = fc.uniqueArray(fc.tuple(name, text), { maxLength: 20, selector: ([key]) => entityName(key) });

/** A value as MLflow stores it and as Python writes it, in one form. */
function doubleOf(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return String(Number.MAX_VALUE);
  if (value === Number.NEGATIVE_INFINITY) return String(-Number.MAX_VALUE);
  return Number.isNaN(value) ? 'nan' : String(value === 0 ? 0 : value);
}

const setOf = (points: readonly (readonly [string, string, number, string])[]): string[] =>
  [...new Set(points.map((point) => JSON.stringify(point)))].sort();
const entries = (list: readonly (Param | Tag)[]): Record<string, string> =>
  Object.fromEntries(list.map(({ key, value }) => [key, value]));

test('any values are read back through the official client as they were written', async () => {
  const experimentId = await mlflow.createExperiment('values');
  await fc.assert(
    fc.asyncProperty(fc.array(pointArbitrary, { maxLength: 60 }), pairs, pairs, async (points, params, tags) => {
      const run = { experimentId, startTimeMs: 1_760_000_000_000, name: params[0]?.[0] || 'run' };
      const written = tags.map(([key, value]) => tagOf(key, value));
      const { runId } = accepted(await mlflow.client.createRun({ ...run, tags: written.slice(0, 10) }));
      accepted(await mlflow.client.logMetrics(runId, points.map(metricOf)));
      accepted(
        await mlflow.client.logParams(
          runId,
          params.map(([key, value]) => paramOf(key, value)),
        ),
      );
      const renamed = params.flatMap(([key]) => nameTag(key) ?? []);
      accepted(await mlflow.client.logTags(runId, [...written, ...renamed]));

      const read = await python.readRun(runId);
      const expected = points.map(
        ({ name: metric, value, timestampMs, step }) =>
          [entityName(metric), doubleOf(value), Math.max(0, timestampMs), String(step)] as const,
      );
      const got = read.points.map(
        ([key, value, at, step]) => [key, doubleOf(Number(value === 'nan' ? Number.NaN : value)), at, step] as const,
      );
      expect(setOf(got)).toEqual(setOf(expected));
      expect(got).toHaveLength(setOf(expected).length);
      expect(read.params).toEqual(entries(params.map(([key, value]) => paramOf(key, value))));
      expect(read.tags).toMatchObject(entries([...written, ...renamed]));
    }),
    { numRuns: 20 },
  );
}, 300_000);

test('every character of a key is one that MLflow accepts, by its own function', async () => {
  const kept: number[] = [];
  for (let code = 0; code <= 0xff_ff; code += 1) {
    const character = String.fromCharCode(code);
    if (entityName(`a${character}a`) === `a${character}a`) kept.push(code);
  }
  const refused = new Set(await python.refusedCharacters(0, 0xff_ff));
  expect(kept.filter((code) => refused.has(code))).toEqual([]);
  expect(kept.length).toBeGreaterThan(40_000);
});
