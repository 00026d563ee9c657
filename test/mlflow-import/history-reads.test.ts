import { expect, test } from '@jest/globals';
import { planReads, smallerReads } from '../../src/mlflow-import/history-reads.ts';
import { point, storedRun } from './runs.ts';

/** Runs whose latest step of each metric is given. */
const runs = (...latest: readonly Readonly<Record<string, number>>[]) =>
  latest.map((steps, index) =>
    storedRun({
      runId: `run-${index}`,
      latest: new Map(Object.entries(steps).map(([name, step]) => [name, point(step)])),
    }),
  );

const shape = (reads: ReturnType<typeof planReads>) =>
  reads.map(({ name, runs: group }) => `${name}: ${group.map(({ runId }) => runId.slice(4)).join(' ')}`);

test('short series of one metric are read together', () => {
  expect(shape(planReads(runs({ a: 10, b: 10 }, { a: 10 }, { b: 10 })))).toEqual(['a: 0 1', 'b: 0 2']);
});

test('series that would fill an answer together are read apart', () => {
  expect(shape(planReads(runs({ a: 9_999 }, { a: 9_999 }, { a: 0 }, { a: 50_000 }, { a: 3 })))).toEqual([
    'a: 0 1',
    'a: 2',
    'a: 3',
    'a: 4',
  ]);
});

test('a read has at most 100 runs, and a negative step counts as one point', () => {
  const reads = planReads(runs(...Array.from({ length: 201 }, () => ({ a: -5 }))));
  expect(reads.map((read) => read.runs.length)).toEqual([100, 100, 1]);
});

const points = (count: number) => Array.from({ length: count }, (_, step) => point(step));

test('a read whose answer was cut is halved', () => {
  const [first, second] = smallerReads({ name: 'a', runs: runs({ a: 1 }, { a: 1 }, { a: 1 }) }, new Map());
  expect([first?.runs.length, second?.runs.length]).toEqual([1, 2]);
});

test('a run that fills the answer is read alone, the others together', () => {
  const read = { name: 'a', runs: runs({ a: 1 }, { a: 1 }, { a: 1 }) };
  const smaller = smallerReads(read, new Map([['run-1', points(24_990)]]));
  expect(shape(smaller)).toEqual(['a: 1', 'a: 0 2']);
});
