import { afterAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { typeOfSchema } from '../../src/avro/type-of-schema.ts';
import { WIRE_HEADER_BYTES } from '../../src/avro/wire.ts';
import { EVENT_NAMES, EVENT_RECORDS, type EventOf } from '../../src/events/event.ts';
import { EVENT_ARBITRARIES, eventArbitrary } from '../arbitraries/events.ts';
import { createAvroWorld } from './avro-world.ts';

const world = await createAvroWorld();
afterAll(() => world.close());
const { codec } = world;

const sample = fc.sample(EVENT_ARBITRARIES['ml.run.metric'], 1)[0] as EventOf<'ml.run.metric'>;
const metric = { ...sample, measurements: { loss: 1 }, metadata: null };
const valid = codec.encode('ml.events', 'RunMetric', metric);
const header = valid.subarray(0, WIRE_HEADER_BYTES);

/** A long in Avro's zigzag encoding. */
const long = (value: number): Buffer => typeOfSchema('long').toBuffer(value);

describe('a value that cannot be read', () => {
  test.each<[string, Buffer | null, string, RegExp]>([
    ['a tombstone', null, 'tombstone', /no value/],
    ['empty', Buffer.alloc(0), 'not_wire_format', /0 bytes/],
    ['shorter than a header', Buffer.from([0, 0, 0, 1]), 'not_wire_format', /4 bytes/],
    ['JSON', Buffer.from('{"event":"ml.run.start"}'), 'not_wire_format', /no schema id/],
    ['a header alone', Buffer.from(header), 'undecodable', /RunMetric: .*middle/],
    ['cut off', valid.subarray(0, -1), 'undecodable', /RunMetric: .*middle/],
    ['followed by a byte', Buffer.concat([valid, Buffer.of(0)]), 'undecodable', /RunMetric: .*left over/],
    ['twice itself', Buffer.concat([valid, valid]), 'undecodable', /RunMetric: .*left over/],
  ])('%s', async (_, value, code, message) => {
    expect(await codec.decode(value)).toEqual({ ok: false, code, message: expect.stringMatching(message) });
  });

  test.each(EVENT_NAMES)('%s, cut off anywhere', async (event) => {
    const [record] = fc.sample(EVENT_ARBITRARIES[event] as fc.Arbitrary<never>, 1);
    const value = codec.encode('ml.events', EVENT_RECORDS[event], record as never);
    for (let length = WIRE_HEADER_BYTES; length < value.length; length += 1) {
      expect(await codec.decode(value.subarray(0, length))).toMatchObject({ ok: false, code: 'undecodable' });
    }
  });

  test('garbage after a valid header is an outcome, never an exception', async () => {
    const garbage = fc.uint8Array({ minLength: 1, maxLength: 300 });
    const property = fc.asyncProperty(eventArbitrary, garbage, fc.nat(), async (event, bytes, at) => {
      const written = codec.encode('ml.events', EVENT_RECORDS[event.event], event);
      const start = WIRE_HEADER_BYTES + (at % (written.length - WIRE_HEADER_BYTES));
      for (const value of [
        Buffer.concat([written.subarray(0, WIRE_HEADER_BYTES), bytes]),
        Buffer.concat([written.subarray(0, start), bytes, written.subarray(start + bytes.length)]),
      ]) {
        const decoded = await codec.decode(value);
        if (!decoded.ok) expect(decoded.code).toBe('undecodable');
      }
    });
    await fc.assert(property, { numRuns: 500 });
  });
});

describe('a block that claims more entries than it has bytes', () => {
  const entries = typeOfSchema({ type: 'map', values: 'double' }).toBuffer({ loss: 1 });
  const before = valid.subarray(0, valid.indexOf(entries));

  test.each([
    ['of a thousand billions', long(1e15)],
    ['of a thousand billions, with its size', Buffer.concat([long(-1e15), long(8)])],
    ['of one more than there are', long(60)],
  ])('%s is not read', async (_, count) => {
    const value = Buffer.concat([before, count, Buffer.alloc(50)]);
    expect(await codec.decode(value)).toMatchObject({
      code: 'undecodable',
      message: expect.stringMatching(/does not fit into \d+ bytes/),
    });
  });

  const reader = typeOfSchema({ type: 'record', name: 'R', fields: [{ name: 'last', type: 'int' }] });
  test.each([
    ['map', { type: 'map', values: 'double' }],
    ['array', { type: 'array', items: 'string' }],
  ])('is not skipped either, in a %s that only the writer has', (_, type) => {
    const fields = [
      { name: 'more', type },
      { name: 'last', type: 'int' },
    ];
    const writer = typeOfSchema({ type: 'record', name: 'R', fields });
    const resolver = reader.createResolver(writer);
    const read = (bytes: Buffer): unknown => reader.fromBuffer(bytes, resolver);
    const more = type.type === 'map' ? { a: 1, b: 2 } : ['a', 'b'];
    expect({ ...(read(writer.toBuffer({ more, last: 7 })) as object) }).toEqual({ last: 7 });
    for (const count of [long(1e15), Buffer.concat([long(-1), long(1e15)]), Buffer.concat([long(-1), long(-3)])]) {
      expect(() => read(Buffer.concat([count, Buffer.alloc(20)]))).toThrow(/does not fit into/);
    }
  });

  test('is read and skipped by its size, as other writers write it', async () => {
    const block = Buffer.concat([long(-1), long(entries.length - 2), entries.subarray(1)]);
    const value = Buffer.concat([before, block, valid.subarray(before.length + entries.length)]);
    expect(await codec.decode(value)).toMatchObject({ ok: true, record: { measurements: { loss: 1 } } });
    const fields = [
      { name: 'more', type: { type: 'map', values: 'double' } },
      { name: 'last', type: 'int' },
    ];
    const resolver = reader.createResolver(typeOfSchema({ type: 'record', name: 'R', fields }));
    expect({ ...reader.fromBuffer(Buffer.concat([block, long(7)]), resolver) }).toEqual({ last: 7 });
  });
});

test('a metric named __proto__, as another producer may write it, is not lost silently', async () => {
  const entries = typeOfSchema({ type: 'map', values: 'double' }).toBuffer({ loss: 1 });
  const evil = typeOfSchema({ type: 'map', values: 'double' }).toBuffer({ ['__proto__']: 1 });
  const at = valid.indexOf(entries);
  const value = Buffer.concat([valid.subarray(0, at), evil, valid.subarray(at + entries.length)]);
  expect(await codec.decode(value)).toMatchObject({
    code: 'undecodable',
    message: expect.stringMatching(/key __proto__/),
  });
});
