import { afterAll, describe, expect, test } from '@jest/globals';
import { Address } from '../../src/address.ts';
import type { Records } from '../../src/avro/any-record.ts';
import { checkSchemas } from '../../src/avro/check-schemas.ts';
import { type CodecClock, createCodec, subjectOf, TOPIC_RECORDS } from '../../src/avro/codec.ts';
import { connectRegistry, IncompatibleSchema } from '../../src/avro/registry.ts';
import type { Schemas } from '../../src/avro/schemas.ts';
import { typeOfSchema } from '../../src/avro/type-of-schema.ts';
import { readSchemaId, WIRE_HEADER_BYTES, writeWireHeader } from '../../src/avro/wire.ts';
import { TOPIC_NAMES } from '../../src/topics.ts';
import { ANSWER_MS, counting, createAvroWorld, schemas } from './avro-world.ts';

const world = await createAvroWorld();
afterAll(() => world.close());
const { codec, topicPrefix } = world;

const UNKNOWN_ID = 2_000_000_000;

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

/** Time that stands still but for pauses, which are over at once. */
function createClock() {
  const clock = {
    time: 1_000_000,
    now: () => clock.time,
    async pause(ms: number) {
      clock.time += ms;
    },
  };
  return clock;
}

describe('schemas', () => {
  test('stand under the topic and the record (TopicRecordNameStrategy)', async () => {
    const response = await fetch(`${world.registryUrl}/subjects`);
    const subjects = ((await response.json()) as string[]).filter((subject) => subject.startsWith(topicPrefix));
    const expected = TOPIC_NAMES.flatMap((topic) =>
      TOPIC_RECORDS[topic].map((name) => `${topicPrefix}${topic}-thunderline.ml.${name}`),
    );
    expect(subjects.sort()).toEqual(expected.sort());
  });

  test('keep their ids when they are registered again', async () => {
    const again = await createCodec(world.registry, schemas, topicPrefix, TOPIC_NAMES);
    const idOf = ({ encode }: typeof codec) => readSchemaId(encode('ml.events', 'RunMetric', metric));
    expect(idOf(again)).toBe(idOf(codec));
  });

  test('can be registered by many processes at the same moment', async () => {
    const prefix = `${topicPrefix}many-`;
    const codecs = Array.from({ length: 6 }, () =>
      createCodec(connectRegistry({ url: new Address(world.registryUrl) }, ANSWER_MS), schemas, prefix, TOPIC_NAMES),
    );
    await expect(Promise.all(codecs)).resolves.toHaveLength(6);
  });

  test('are given their compatibility when the process that made the subject died before it could', async () => {
    const subject = subjectOf(`${topicPrefix}orphan-`, 'ml.events', schemas.RunMetric);
    const headers = { 'content-type': 'application/vnd.schemaregistry.v1+json' };
    const body = JSON.stringify({ schema: schemas.RunMetric.text });
    await fetch(`${world.registryUrl}/subjects/${subject}/versions`, { method: 'POST', headers, body });
    await world.registry.register(subject, schemas.RunMetric.text);
    const config = await fetch(`${world.registryUrl}/config/${subject}`);
    expect(await config.json()).toMatchObject({ compatibilityLevel: 'BACKWARD' });
  });

  test('that break their readers are refused, with what to do', async () => {
    const breaking = changed((fields) => [...fields, { name: 'host', type: 'string' }]);
    const subject = subjectOf(topicPrefix, 'ml.events', schemas.RunMetric);
    const refused = world.registry.register(subject, JSON.stringify(breaking));
    await expect(refused).rejects.toThrow(IncompatibleSchema);
    await expect(refused).rejects.toThrow(new RegExp(`${subject}.*schemas check`));
  });

  test.each<[string, (fields: Field[]) => Field[], string[]]>([
    ['unchanged', (fields) => fields, []],
    ['with a new field that has a default', (fields) => [...fields, { name: 'host', type: 'string', default: '' }], []],
    ['with a new field that has none', (fields) => [...fields, { name: 'host', type: 'string' }], ['host']],
    ['of another type', (fields) => fields.map((f) => (f.name === 'step' ? { ...f, type: 'string' } : f)), ['step']],
  ])('%s are checked beforehand, and what breaks is named', async (_, change, broken) => {
    const RunMetric = { ...schemas.RunMetric, text: JSON.stringify(changed(change)) };
    const checks = await checkSchemas(
      { url: new Address(world.registryUrl) },
      { ...schemas, RunMetric } as Schemas,
      topicPrefix,
      ['ml.events'],
    );
    const problems = checks.flatMap((check) => check.problems);
    expect(problems.map((problem) => problem.split(':')[0])).toEqual(broken);
  });
});

describe('a schema id', () => {
  test('of our own schemas is never asked for', async () => {
    const fresh = await freshCodec();
    expect(fresh.codec.decode(codec.encode('ml.events', 'RunMetric', metric))).toMatchObject({ ok: true });
    expect(fresh.registry.asked).toBe(0);
  });

  test('that the registry does not have is asked for a few times in half a minute, however many records name it', async () => {
    const clock = createClock();
    const fresh = await freshCodec(clock);
    const value = valueWith(UNKNOWN_ID, Buffer.of(1));
    const outcome = { ok: false, code: 'unknown_schema', message: `the registry has no schema ${UNKNOWN_ID}` };
    const all = await Promise.all(Array.from({ length: 1_000 }, () => fresh.codec.decode(value)));
    expect(all).toEqual(Array(1_000).fill(outcome));
    expect(fresh.registry.asked).toBe(3);
    clock.time += 29_999;
    expect(fresh.codec.decode(value)).toEqual(outcome);
    expect(fresh.registry.asked).toBe(3);
    clock.time += 1;
    expect(await fresh.codec.decode(value)).toEqual(outcome);
    expect(fresh.registry.asked).toBe(6);
  });

  test('of garbage costs one request each: only the first of them is waited for', async () => {
    const clock = createClock();
    const fresh = await freshCodec(clock);
    const begun = clock.time;
    for (let id = UNKNOWN_ID; id < UNKNOWN_ID + 100; id += 1) {
      expect(await fresh.codec.decode(valueWith(id, Buffer.of(1)))).toMatchObject({ code: 'unknown_schema' });
    }
    expect(fresh.registry.asked).toBe(102);
    expect(clock.time - begun).toBe(1_250);
  });

  test('that one node of the registry hears of a moment later than the others is found', async () => {
    const clock = createClock();
    let asked = 0;
    const late = {
      ...world.registry,
      schemaText: async () => {
        asked += 1;
        return asked < 3 ? undefined : schemas.RunMetric.text;
      },
    };
    const fresh = await createCodec(late, schemas, topicPrefix, [], clock);
    const value = codec.encode('ml.events', 'RunMetric', metric);
    expect(await fresh.decode(value)).toMatchObject({ ok: true, name: 'RunMetric' });
    expect(fresh.decode(value)).toMatchObject({ ok: true });
    expect(asked).toBe(3);
  });

  test('of an unknown record is requested once', async () => {
    const other = { type: 'record', name: 'Other', namespace: 'elsewhere', fields: [{ name: 'a', type: 'int' }] };
    const id = await world.registry.register(`${topicPrefix}other`, JSON.stringify(other));
    const fresh = await freshCodec();
    const value = valueWith(id, typeOfSchema(other).toBuffer({ a: 1 }));
    for (const _ of [1, 2]) {
      expect(await fresh.codec.decode(value)).toMatchObject({
        code: 'unexpected_record',
        message: expect.stringMatching(/elsewhere.Other/),
      });
    }
    expect(fresh.registry.asked).toBe(1);
  });
});
