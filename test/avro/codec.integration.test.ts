import { deepStrictEqual } from 'node:assert/strict';
import { afterAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { RecordName, Records } from '../../src/avro/any-record.ts';
import { WIRE_HEADER_BYTES } from '../../src/avro/wire.ts';
import { EVENT_NAMES, EVENT_RECORDS } from '../../src/events/event.ts';
import { eventOfRecord } from '../../src/events/event-record.ts';
import { enrich } from '../../src/processors/enrich.ts';
import type { Topic } from '../../src/topics.ts';
import { EVENT_ARBITRARIES } from '../arbitraries/events.ts';
import { commandArbitrary, deadLetterArbitrary, storedArtifactArbitrary } from '../arbitraries/records.ts';
import { createAvroWorld, schemas } from './avro-world.ts';

const world = await createAvroWorld();
afterAll(() => world.close());
const { codec } = world;

/** The record that comes back, as plain data: avsc's records have a class of their own. */
async function there<Name extends RecordName>(topic: Topic, name: Name, record: Records[Name]): Promise<unknown> {
  const decoded = await codec.decode(codec.encode(topic, name, record));
  return decoded.ok ? { ...decoded, record: { ...decoded.record } } : decoded;
}

describe.each(EVENT_NAMES)('%s', (event) => {
  const name = EVENT_RECORDS[event];

  test('is read back as it was written, plain and enriched', async () => {
    const property = fc.asyncProperty(EVENT_ARBITRARIES[event] as fc.Arbitrary<never>, async (plain) => {
      for (const written of [plain, enrich(plain)]) {
        const { event: _, ...record } = written as Records['RunMetric'] & { event: string };
        // Jest takes a metric named constructor for the class of the object.
        deepStrictEqual(await there('ml.events', name, record as never), { ok: true, name, record });
        deepStrictEqual(eventOfRecord({ name, record } as never), written);
      }
    });
    await fc.assert(property, { numRuns: 200 });
  });
});

test('a command is read back as it was written', async () => {
  const property = fc.asyncProperty(commandArbitrary, async (record) => {
    expect(await there('ml.commands', 'TrialCommand', record)).toStrictEqual({
      ok: true,
      name: 'TrialCommand',
      record,
    });
  });
  await fc.assert(property);
});

test('the report of a stored object is read back as it was written', async () => {
  const property = fc.asyncProperty(storedArtifactArbitrary, async (record) => {
    const read = await there('ml.events', 'ArtifactStored', record);
    expect(read).toStrictEqual({ ok: true, name: 'ArtifactStored', record });
  });
  await fc.assert(property);
});

test('a dead letter is read back byte for byte, repeated headers in order', async () => {
  const property = fc.asyncProperty(deadLetterArbitrary, async (record) => {
    const value = codec.encode('ml.deadletters', 'DeadLetter', record);
    const decoded = await codec.decode(value);
    expect(decoded).toMatchObject({ ok: true, name: 'DeadLetter' });
    expect(JSON.parse(JSON.stringify(decoded)).record).toStrictEqual(JSON.parse(JSON.stringify(record)));
  });
  await fc.assert(property);
});

test('neither a command nor a dead letter is an event', () => {
  const [command] = fc.sample(commandArbitrary, 1);
  const [letter] = fc.sample(deadLetterArbitrary, 1);
  expect(eventOfRecord({ name: 'TrialCommand', record: command as Records['TrialCommand'] })).toBeUndefined();
  expect(eventOfRecord({ name: 'DeadLetter', record: letter as Records['DeadLetter'] })).toBeUndefined();
});

describe('a value', () => {
  const [event] = fc.sample(EVENT_ARBITRARIES['ml.run.metric'], 1);
  const record = event as Records['RunMetric'];

  test('is a zero byte, the schema id in four bytes, and the Avro bytes', async () => {
    const value = codec.encode('ml.events', 'RunMetric', record);
    expect(value[0]).toBe(0);
    const text = await world.registry.schemaText(value.readUInt32BE(1));
    expect(JSON.parse(text ?? '')).toMatchObject({ name: 'RunMetric', namespace: 'thunderline.ml' });
    expect(value.subarray(WIRE_HEADER_BYTES)).toEqual(schemas.RunMetric.type.toBuffer(record));
  });

  test('is not overwritten by the next one', () => {
    const value = codec.encode('ml.events', 'RunMetric', record);
    const before = Buffer.from(value);
    codec.encode('ml.events', 'RunMetric', { ...record, event_id: '0'.repeat(36) });
    expect(value).toEqual(before);
  });

  test('may be larger than every earlier one', async () => {
    const large = { ...record, metadata: JSON.stringify({ note: 'x'.repeat(3_000_000) }) };
    expect(await there('ml.events', 'RunMetric', large)).toMatchObject({
      ok: true,
      record: { metadata: large.metadata },
    });
  });

  test('of a record that does not fit its schema is a bug', () => {
    expect(() => codec.encode('ml.events', 'RunMetric', { ...record, step: 0.5 })).toThrow(TypeError);
    expect(() => codec.encode('ml.commands', 'RunMetric', record)).toThrow(/not registered for ml.commands/);
  });
});

test('a metric event with UUIDs for run and trial, two measurements and an epoch takes at most 200 bytes', () => {
  const value = codec.encode('ml.events', 'RunMetric', {
    event_id: '019aa6c0-0000-7000-8000-000000000001',
    timestamp: Date.UTC(2026, 10, 21),
    received_at: Date.UTC(2026, 10, 21),
    model_run_id: '550e8400-e29b-41d4-a716-446655440000',
    trial_id: '550e8400-e29b-41d4-a716-446655440001',
    attempt: 0,
    mlflow_run_id: null,
    spectral_norm: null,
    source: null,
    correlation_id: null,
    metadata: '{"epoch":10}',
    step: 10,
    measurements: { train_loss: 0.123, val_accuracy: 0.891 },
    priority: null,
    pipeline: null,
    category: null,
    constraint_method: null,
    taxonomy_version: null,
    event_version: null,
  });
  expect(value.length).toBeLessThanOrEqual(200);
});
