import { afterAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Address } from '../../src/address.ts';
import type { Records } from '../../src/avro/any-record.ts';
import { checkSchemas } from '../../src/avro/check-schemas.ts';
import { type CodecClock, createCodec, subjectOf } from '../../src/avro/codec.ts';
import { typeOfSchema } from '../../src/avro/type-of-schema.ts';
import { WIRE_HEADER_BYTES, writeWireHeader } from '../../src/avro/wire.ts';
import { EVENT_NAMES, EVENT_RECORDS, type MlEvent } from '../../src/events/event.ts';
import { EVENT_ARBITRARIES } from '../arbitraries/events.ts';
import { counting, createAvroWorld, schemas } from './avro-world.ts';

const world = await createAvroWorld();
afterAll(() => world.close());
const { codec, topicPrefix } = world;

const metric: Records['RunMetric'] = {
  event_id: '019aa6c0-0000-7000-8000-000000000001',
  timestamp: 1,
  received_at: 2,
  model_run_id: 'r',
  trial_id: null,
  attempt: 0,
  mlflow_run_id: null,
  spectral_norm: null,
  source: null,
  correlation_id: null,
  metadata: null,
  step: 3,
  measurements: { loss: 1 },
  priority: null,
  pipeline: null,
  category: null,
  constraint_method: null,
  taxonomy_version: null,
  event_version: null,
};

/** A value with `id` in its header, whatever follows. */
function valueWith(id: number, body: Uint8Array): Buffer {
  const value = Buffer.concat([Buffer.alloc(WIRE_HEADER_BYTES), body]);
  writeWireHeader(value, id);
  return value;
}

interface Field {
  readonly name: string;
  readonly type: unknown;
  readonly default?: unknown;
}

/** The schema of metric events with its fields changed. */
function changed(change: (fields: Field[]) => Field[]): Record<string, unknown> & { fields: Field[] } {
  const schema = JSON.parse(schemas.RunMetric.text);
  return { ...schema, fields: change(schema.fields) };
}

/** A codec that has nothing cached, and how often it asks the registry. */
async function freshCodec(clock?: CodecClock) {
  const registry = counting(world.registry);
  return { registry, codec: await createCodec(registry, schemas, topicPrefix, ['ml.events'], clock) };
}

describe('what a newer producer writes', () => {
  const host: Field = { name: 'host', type: ['null', 'string'], default: null };
  const extra: Field = { name: 'extra', type: { type: 'map', values: { type: 'array', items: 'long' } }, default: {} };
  const newer = changed((fields) => [extra, ...fields, host]);
  const older = changed((fields) => fields.filter(({ name }) => name !== 'event_version'));

  test.each([
    ['with fields we do not know', newer, { ...metric, host: 'gpu-1', extra: { a: [1, 2] } }],
    ['without a field that has a default here', older, metric],
  ])('%s is resolved to the schema of this version, and the registry is asked once', async (title, schema, record) => {
    const id = await world.registry.register(`${topicPrefix}${title.replaceAll(' ', '-')}`, JSON.stringify(schema));
    const value = valueWith(id, typeOfSchema(schema).toBuffer(record));
    const fresh = await freshCodec();
    const first = await Promise.all(Array.from({ length: 100 }, () => fresh.codec.decode(value)));
    for (const decoded of [...first, fresh.codec.decode(value)]) {
      expect(decoded).toMatchObject({ ok: true, name: 'RunMetric' });
      expect({ ...('record' in decoded && decoded.record) }).toStrictEqual(metric);
    }
    expect(fresh.registry.asked).toBe(1);
  });

  test('that cannot be resolved is an outcome that names the cause', async () => {
    const schema = changed((fields) => fields.map((f) => (f.name === 'step' ? { ...f, type: 'string' } : f)));
    const id = await world.registry.register(`${topicPrefix}unreadable`, JSON.stringify(schema));
    const value = valueWith(id, typeOfSchema(schema).toBuffer({ ...metric, step: 'three' }));
    expect(await codec.decode(value)).toMatchObject({
      code: 'undecodable',
      message: expect.stringMatching(/cannot be resolved to the schema of this version/),
    });
  });
});

describe.each(EVENT_NAMES)('%s without an attempt, as earlier versions wrote it,', (event) => {
  const schema = schemas[EVENT_RECORDS[event]];
  const fields = (JSON.parse(schema.text).fields as Field[]).filter(({ name }) => name !== 'attempt');
  const earlier = { ...JSON.parse(schema.text), fields };

  test('leaves room for the schema of this version in the registry', async () => {
    const prefix = `${topicPrefix}upgraded-`;
    const subject = subjectOf(prefix, 'ml.events', schema);
    const before = await world.registry.register(subject, JSON.stringify(earlier));
    const checks = await checkSchemas({ url: new Address(world.registryUrl) }, schemas, prefix, ['ml.events']);
    expect(checks).toContainEqual({ subject, problems: [] });
    expect(await world.registry.register(subject, schema.text)).not.toBe(before);
  });

  test('has the attempt 0', async () => {
    const id = await world.registry.register(`${topicPrefix}earlier-${event}`, JSON.stringify(earlier));
    const [written] = fc.sample<MlEvent>(EVENT_ARBITRARIES[event], 1);
    const decoded = await (await freshCodec()).codec.decode(valueWith(id, typeOfSchema(earlier).toBuffer(written)));
    expect(decoded).toMatchObject({ ok: true, record: { event_id: written?.event_id, attempt: 0 } });
  });
});
