import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Fault } from '../../../src/events/fault.ts';
import { Rejections } from '../../../src/http/ingest/rejections.ts';

const fault = fc.record({
  code: fc.constant('invalid_type' as const),
  path: fc.string({ unit: 'binary', maxLength: 2_000 }),
  message: fc.string({ maxLength: 2_000 }),
});

test('stays bounded as JSON, and accounts for every event', () => {
  fc.assert(
    fc.property(fc.array(fc.array(fault, { minLength: 1, maxLength: 5 }), { maxLength: 300 }), (events) => {
      const rejections = new Rejections();
      for (const [index, faults] of events.entries()) rejections.add(index, faults);
      expect(Buffer.byteLength(JSON.stringify(rejections.list))).toBeLessThan(33_000);
      const listed = new Set(rejections.list.map(({ index }) => index)).size;
      expect(listed + rejections.omitted).toBe(events.length);
    }),
    { numRuns: 30 },
  );
});

test('lists all faults of an event while there is room', () => {
  const faults: Fault[] = Array.from({ length: 50 }, (_, at) => ({ code: 'too_long', path: `p${at}`, message: 'm' }));
  const rejections = new Rejections();
  rejections.add(7, faults);
  expect(rejections.list).toEqual(faults.map((one) => ({ index: 7, ...one })));
});

test('lists no fault after the first without room, however short', () => {
  const rejections = new Rejections();
  const long: Fault = { code: 'too_long', path: 'p'.repeat(300), message: 'm'.repeat(300) };
  for (let index = 0; index < 60; index += 1) rejections.add(index, [long]);
  const listed = rejections.list.length;
  rejections.add(60, [{ code: 'too_long', path: '', message: '' }]);
  expect([rejections.list.length, rejections.omitted]).toEqual([listed, 61 - listed]);
});

test('shortens a path that quotes a long name', () => {
  const rejections = new Rejections();
  rejections.add(0, [{ code: 'too_long', path: 'x'.repeat(100_000), message: 'short' }]);
  expect(rejections.list).toEqual([{ index: 0, code: 'too_long', path: `${'x'.repeat(297)}...`, message: 'short' }]);
});
