import { describe, expect, test } from '@jest/globals';
import { readSentAt } from '../../src/events/clock-skew.ts';
import { accept, FRESH_ID, RECEIVED_AT, receive } from './receive.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** The clock of the sender is two days ahead; the event waited an hour until it was sent. */
const SENT_AT = RECEIVED_AT + 2 * DAY;
const TIMESTAMP = SENT_AT - HOUR;
const METRIC = { trial_id: 't', measurements: { loss: 1 }, timestamp: TIMESTAMP };

describe('readSentAt', () => {
  test.each([
    ['1795262400000', 1_795_262_400_000],
    ['100000000000', 100_000_000_000],
    [undefined, undefined],
    ['', undefined],
    ['1795262400', undefined],
    ['1795262400000.5', undefined],
    ['-1795262400000', undefined],
    ['1.7952624e12', undefined],
    ['Sat, 21 Nov 2026 12:00:00 GMT', undefined],
    ['1795262400000, 1795262400000', undefined],
    ['999999999999999', undefined],
  ])('reads %p as %p', (header, sentAt) => {
    expect(readSentAt(header)).toBe(sentAt);
  });
});

describe('parseEvent', () => {
  test('shifts a timestamp more than 24 h ahead by the skew and keeps the original', () => {
    const event = accept('ml.run.metric', { ...METRIC, metadata: { host: 'a' } }, { sentAt: SENT_AT });
    expect(event.timestamp).toBe(RECEIVED_AT - HOUR);
    expect(JSON.parse(event.metadata ?? '')).toEqual({ host: 'a', original_timestamp: TIMESTAMP });
  });

  test.each([
    ['the flat shape', { timestamp: new Date(TIMESTAMP).toISOString() }],
    ['the Python shape', { timestamp: undefined, metadata: { timestamp: TIMESTAMP } }],
  ])('shifts a timestamp in %s', (_, fields) => {
    const event = accept('ml.run.metric', { ...METRIC, ...fields }, { sentAt: SENT_AT });
    expect(event.timestamp).toBe(RECEIVED_AT - HOUR);
    expect(JSON.parse(event.metadata ?? '')).toMatchObject({ original_timestamp: TIMESTAMP });
  });

  test.each([0, -HOUR, HOUR, DAY])('leaves a timestamp %p ms ahead as it is', (ahead) => {
    const event = accept('ml.run.metric', { ...METRIC, timestamp: RECEIVED_AT + ahead }, { sentAt: SENT_AT });
    expect(event.timestamp).toBe(RECEIVED_AT + ahead);
    expect(event.metadata).toBeNull();
  });

  test.each([
    ['is absent', undefined],
    ['is the time of receipt', RECEIVED_AT],
    ['is behind the time of receipt', RECEIVED_AT - DAY],
    ['is too little ahead to explain it', RECEIVED_AT + 2 * HOUR],
    ['would put it before the year 1', 253_402_300_799_999],
  ])('refuses a timestamp that stays out of range because sentAt %s', (_, sentAt) => {
    const far = sentAt === 253_402_300_799_999 ? { timestamp: RECEIVED_AT + 2 * DAY } : {};
    const parsed = receive({ event: 'ml.run.metric', ...METRIC, ...far }, { sentAt, receivedAt: RECEIVED_AT });
    const faults = parsed.ok ? [] : parsed.faults.map(({ code, path }) => `${code} ${path}`);
    expect(faults).toEqual(['timestamp_in_future timestamp']);
  });

  test('gives a shifted event the id of its content as it was sent', () => {
    const ids = [SENT_AT, SENT_AT + 5_000].map(
      (sentAt) => accept('ml.run.metric', METRIC, { sentAt, receivedAt: RECEIVED_AT }).event_id,
    );
    const unshifted = accept('ml.run.metric', METRIC, { receivedAt: SENT_AT }).event_id;
    expect(ids).toEqual([unshifted, unshifted]);
    expect(unshifted).not.toBe(FRESH_ID);
  });

  test("keeps the sender's own original_timestamp and every other key of its metadata", () => {
    const metadata = { original_timestamp: 'mine', ['__proto__']: { a: 1 } };
    const event = accept('ml.run.metric', { ...METRIC, metadata }, { sentAt: SENT_AT });
    expect(event.timestamp).toBe(RECEIVED_AT - HOUR);
    expect(event.metadata).toBe(JSON.stringify(metadata));
  });
});
