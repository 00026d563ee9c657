import { expect, test } from '@jest/globals';
import { decodeGroup, encodeGroupRequest, grantsOperation } from '../../../src/kafka/wire/authorized-operations.ts';

const text = (value: string): Buffer => {
  const length = Buffer.alloc(2);
  length.writeInt16BE(value.length);
  return Buffer.concat([length, Buffer.from(value)]);
};
const int32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
};
const member = [text('m'), text('client'), text('/127.0.0.1'), int32(2), Buffer.of(1, 2), int32(-1)];

test('a group is asked for with its operations', () => {
  expect(encodeGroupRequest('g')).toEqual(Buffer.concat([int32(1), text('g'), Buffer.of(1)]));
});

test('the operations of a group follow its members', () => {
  const head = [int32(0), int32(1), Buffer.of(0, 30), text('g'), text('Stable'), text('consumer'), text('range')];
  const payload = Buffer.concat([...head, int32(2), ...member, ...member, int32(264)]);
  expect(decodeGroup(payload)).toEqual({ error: 30, operations: 264 });
});

test.each<[number, boolean, boolean]>([
  [1 << 3, true, false],
  [1 << 8, false, true],
  [(1 << 3) | (1 << 8), true, true],
  [0, false, false],
  [-(2 ** 31), true, true],
])('operations %i: READ %s, DESCRIBE %s', (operations, read, describe) => {
  expect([grantsOperation(operations, 'READ'), grantsOperation(operations, 'DESCRIBE')]).toEqual([read, describe]);
});
