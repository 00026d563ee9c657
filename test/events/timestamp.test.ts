import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseExactly } from '../../src/events/exact-number.ts';
import { accept, RECEIVED_AT, receive, refuse } from './receive.ts';

const NOON = Date.UTC(2025, 9, 5, 12, 34, 56);
const DAY_MS = 86_400_000;
const timeOf = (timestamp: unknown): number => accept('ml.run.start', { trial_id: 't', timestamp }).timestamp;
const faultsOf = (timestamp: unknown): string[] => refuse({ event: 'ml.run.start', trial_id: 't', timestamp });

describe('readTimestamp', () => {
  test.each<[unknown, number]>([
    ['2025-10-05T12:34:56Z', NOON],
    ['2025-10-05T12:34:56.789Z', NOON + 789],
    ['2025-10-05T12:34:56.789999Z', NOON + 789],
    ['2025-10-05T12:34:56,7Z', NOON + 700],
    ['2025-10-05T12:34:56.123456', NOON + 123],
    ['2025-10-05 12:34:56', NOON],
    ['2025-10-05t12:34:56z', NOON],
    ['2025-10-05T14:34:56+02:00', NOON],
    ['2025-10-05T14:34:56+0200', NOON],
    ['2025-10-05T07:34:56-05', NOON],
    ['2025-10-05T18:04:56.000001+05:30', NOON],
    ['2025-10-05T12:34Z', NOON - 56_000],
    ['2024-02-29T00:00:00Z', Date.UTC(2024, 1, 29)],
    ['1969-12-31T23:59:59.999Z', -1],
    ['0001-01-01T00:00:00Z', -62_135_596_800_000],
    [NOON, NOON],
    [NOON + 0.75, NOON],
    [String(NOON), NOON],
    [`${NOON}.75`, NOON],
    ['100000000000', 100_000_000_000],
    [100_000_000_000, 100_000_000_000],
    ['1970-01-01T00:00:00Z', 0],
    ['2025-10-05T12:34:56+00:00Z', NOON],
    ['2025-10-05T12:34:56.5+0000Z', NOON + 500],
    ['2025-10-05T12:34:56-00z', NOON],
    ['2016-12-31T23:59:60Z', Date.UTC(2017, 0, 1)],
    ['2016-12-31T23:59:60.789Z', Date.UTC(2017, 0, 1, 0, 0, 0, 789)],
    ['2017-01-01T05:29:60+05:30', Date.UTC(2017, 0, 1)],
    [null, RECEIVED_AT],
    [undefined, RECEIVED_AT],
    [RECEIVED_AT + DAY_MS, RECEIVED_AT + DAY_MS],
  ])('reads %j as %d', (timestamp, time) => {
    expect(timeOf(timestamp)).toBe(time);
  });

  test.each<[unknown]>([
    ['2025-10-05'],
    ['2025-02-30T00:00:00Z'],
    ['2025-02-29T00:00:00Z'],
    ['2025-13-01T00:00:00Z'],
    ['2025-00-10T00:00:00Z'],
    ['2025-10-05T25:00:00Z'],
    ['2025-10-05T12:60:00Z'],
    ['2025-10-05T12:34:56+25:00'],
    ['2025-10-05T12:34:56 Europe/Berlin'],
    ['Sun, 05 Oct 2025 12:34:56 GMT'],
    ['1759667696'],
    ['99999999999'],
    ['1759667696789100'],
    ['01759667696789'],
    ['+1759667696789'],
    ['1.759667696789e12'],
    [' 1759667696789'],
    ['yesterday'],
    [''],
    [true],
    [{}],
    [['2025-10-05T12:34:56Z']],
    [-62_135_596_800_000],
    ['0000-12-31T23:59:59Z'],
    ['9999-12-31T23:59:59-01:00'],
    ['2025-10-05T12:34:56+01:00Z'],
    ['2025-10-05T12:34:56ZZ'],
    ['2025-10-05T12:34:60Z'],
    ['2025-10-05T23:59:60Z'],
    ['2016-12-31T23:59:60+01:00'],
    ['2016-12-31T23:59:61Z'],
    [0],
    [-0.5],
    [99_999_999_999],
    [253_402_300_800_000],
  ])('rejects %j', (timestamp) => {
    expect(faultsOf(timestamp)).toEqual(['invalid_timestamp timestamp']);
  });

  test.each<[unknown]>([[RECEIVED_AT + DAY_MS + 1], ['2026-11-23T00:00:00Z'], [253_402_300_799_999]])(
    'rejects %j as more than 24 h ahead',
    (timestamp) => {
      expect(faultsOf(timestamp)).toEqual(['timestamp_in_future timestamp']);
    },
  );

  test('reads the same time from ISO 8601 and from epoch milliseconds', () => {
    const date = fc.date({ min: new Date('0001-01-01T00:00:00Z'), max: new Date(RECEIVED_AT), noInvalidDate: true });
    fc.assert(
      fc.property(date, (moment) => {
        expect(timeOf(moment.toISOString())).toBe(moment.getTime());
        if (moment.getTime() >= 1e11) expect(timeOf(moment.getTime())).toBe(moment.getTime());
      }),
    );
  });

  test.each([
    [1_759_667_696, 'seconds'],
    [1_759_667_696.789, 'seconds'],
    [1_759_667_696_789_100, 'microseconds or nanoseconds'],
    [parseExactly('1759667696789100123'), 'microseconds or nanoseconds'],
    ['1759667696', 'seconds'],
    ['1759667696789100', 'microseconds or nanoseconds'],
  ])('names the unit of %p and asks for milliseconds', (timestamp, unit) => {
    const parsed = receive({ event: 'ml.run.start', trial_id: 't', timestamp });
    expect(parsed).toMatchObject({
      faults: [
        { code: 'invalid_timestamp', message: expect.stringContaining(`looks like ${unit}; send milliseconds`) },
      ],
    });
  });

  test.each([[0], [-1], [-1_759_667_696_789]])(
    'asks for ISO 8601 instead of %p, which is no number of seconds',
    (timestamp) => {
      const parsed = receive({ event: 'ml.run.start', trial_id: 't', timestamp });
      const message = `${timestamp} is below 100000000000 (March 1973), the least epoch milliseconds; send ISO 8601`;
      expect(parsed).toMatchObject({ faults: [{ code: 'invalid_timestamp', message }] });
    },
  );

  test.each(['1e-400', '-1e999', `1${'0'.repeat(400)}`])('reports %s as outside the range of a double', (number) => {
    expect(faultsOf(parseExactly(number))).toEqual(['number_out_of_range timestamp']);
  });
});
