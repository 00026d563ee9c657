import { expect, test } from '@jest/globals';
import type { AsyncBuffer } from 'hyparquet';
import { digestOfFile, type FileSeries, PointFileWriter, readAllRows } from '../../src/retention/point-file.ts';
import type { SeriesPoint } from '../../src/retention/read-series-points.ts';

const VALUES = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, 0, 1.5, 5e-324];
/** A point of the second group of rows: 10,503 is 7 x 1,500 + 3. */
const NEGATIVE_ZERO_AT = 10_503;
const rest = async () => undefined;

const inMemory = (bytes: Buffer): AsyncBuffer => ({
  byteLength: bytes.length,
  slice: (start, end) => new Uint8Array(bytes.subarray(start, end)).buffer,
});

const seriesOf = (trial: number): FileSeries => ({
  model_run_id: 'run',
  trial_id: trial === 0 ? null : `trial-${trial}`,
  name: trial % 2 === 0 ? 'loss' : 'Verlust ü',
  trial_key: trial + 1,
});

const pointOf = (index: number): SeriesPoint => ({
  step: index === 3 ? 2n ** 63n - 1n : BigInt(index),
  eventId: Buffer.from(index.toString(16).padStart(32, '0'), 'hex'),
  atMicros: 1_700_000_000_000_000n + BigInt(index * 7),
  value: VALUES[index % VALUES.length] as number,
  attempt: index % 3,
});

function fileOf(points: number, change: (point: SeriesPoint, index: number) => SeriesPoint = (point) => point) {
  const writer = new PointFileWriter();
  for (let index = 0; index < points; index += 1) {
    writer.add(seriesOf(Math.floor(index / 1_000)), change(pointOf(index), index));
  }
  return writer.finish();
}

test.each([1, 9_999, 10_000, 25_000])(
  'a file of %d points has the digest of the rows that were written',
  async (points) => {
    const { bytes, digest } = fileOf(points);
    expect(await digestOfFile(inMemory(bytes), rest)).toBe(digest);
  },
);

test('rows are read as they were written', async () => {
  const rows = [];
  for await (const group of readAllRows(inMemory(fileOf(12_000).bytes))) rows.push(...group);
  expect(rows).toHaveLength(12_000);
  for (const index of [0, 3, 11_999]) {
    const { step, value, atMicros, attempt } = pointOf(index);
    const series = seriesOf(Math.floor(index / 1_000));
    const event_id = index
      .toString(16)
      .padStart(32, '0')
      .replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, '$1-$2-$3-$4-$5');
    expect({ ...rows[index], trial_id: rows[index]?.trial_id ?? null }).toEqual({
      ...series,
      step,
      value,
      recorded_at: atMicros,
      attempt,
      event_id,
    });
  }
});

const CHANGES: Readonly<Record<string, (point: SeriesPoint) => SeriesPoint>> = {
  step: (point) => ({ ...point, step: point.step + 1n }),
  'sign of a zero': (point) => ({ ...point, value: 0 }),
  time: (point) => ({ ...point, atMicros: point.atMicros + 1n }),
  attempt: (point) => ({ ...point, attempt: 9 }),
  'event id': (point) => ({ ...point, eventId: Buffer.alloc(16, 255) }),
};

test.each(Object.keys(CHANGES))('another %s is another digest', (name) => {
  expect(Object.is(pointOf(NEGATIVE_ZERO_AT).value, -0)).toBe(true);
  const changed = fileOf(12_000, (point, index) =>
    index === NEGATIVE_ZERO_AT ? (CHANGES[name]?.(point) ?? point) : point,
  );
  expect(changed.digest).not.toBe(fileOf(12_000).digest);
});
