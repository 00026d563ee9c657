import { setTimeout as sleep } from 'node:timers/promises';
import type avro from 'avsc';
import type { ErrorCode } from '../errors.ts';
import { type Topic, topicName } from '../topics.ts';
import type { AnyRecord, RecordName, Records } from './any-record.ts';
import { createEncoder } from './encoder.ts';
import type { Registry } from './registry.ts';
import type { Schema, Schemas } from './schemas.ts';
import { typeOfSchema } from './type-of-schema.ts';
import { readSchemaId, WIRE_HEADER_BYTES } from './wire.ts';

export type Decoded =
  | ({ readonly ok: true } & AnyRecord)
  | { readonly ok: false; readonly code: ErrorCode; readonly message: string };

/** Which records stand in which topic. */
export const TOPIC_RECORDS = {
  'ml.events': ['RunStart', 'RunStop', 'RunMetric', 'TrialStart', 'TrialComplete', 'TrialFailed'],
  'ml.events.high': ['RunStart', 'RunStop', 'TrialStart', 'TrialComplete', 'TrialFailed'],
  'ml.events.realtime': ['RunMetric'],
  'ml.commands': ['TrialCommand'],
  'ml.deadletters': ['DeadLetter'],
} as const satisfies Readonly<Record<Topic, readonly RecordName[]>>;

/** The subject of a record under TopicRecordNameStrategy. */
export const subjectOf = (topicPrefix: string, topic: Topic, schema: Schema): string =>
  `${topicName(topicPrefix, topic)}-${schema.fullName}`;

export interface Codec {
  /** A value in wire format for `topic`. The record must be one that {@link TOPIC_RECORDS} lists there. */
  encode<Name extends RecordName>(topic: Topic, name: Name, record: Records[Name]): Buffer;
  /**
   * The record a value holds. Bytes that cannot be read are an outcome, not an exception; a registry that does not answer
   * throws `RegistryUnavailable`. Synchronous as soon as the schema id has been seen.
   */
  decode(value: Buffer | null): Decoded | Promise<Decoded>;
}

interface Reader {
  readonly name: RecordName;
  /** Null where the writer's schema is ours to the letter. */
  readonly resolver: avro.Resolver | null;
  readonly type: avro.Type;
  readonly ourType: avro.Type;
}

type Lookup = Reader | { readonly code: ErrorCode; readonly message: string; readonly until: number };

/** How long an id that the registry does not have is taken for unknown without asking again, in milliseconds. */
const UNKNOWN_ID_TTL_MS = 30_000;
/** How many unknown ids are remembered: garbage may hold any of four billion. */
const MAX_UNKNOWN_IDS = 10_000;

/**
 * The pauses after which the registry is asked again for an id it does not have, in milliseconds: of several nodes, the one
 * that is asked may not have heard yet of a schema that is in use. It is given that time once in
 * {@link UNKNOWN_ID_TTL_MS}, not for each id, as there is no end to the ids that garbage may hold.
 */
const ASK_AGAIN_MS = [250, 1_000] as const;

/** Time, as a test has it. */
export interface CodecClock {
  /** Epoch milliseconds. */
  now(): number;
  pause(ms: number): Promise<unknown>;
}

/**
 * Registers the schemas of `topics` and returns what encodes and decodes their records.
 *
 * Resolvers are built once for each schema id. The registry library builds one for each message, 25-40 times slower.
 */
export async function createCodec(
  registry: Registry,
  schemas: Schemas,
  topicPrefix: string,
  topics: readonly Topic[],
  { now, pause }: CodecClock = { now: Date.now, pause: sleep },
): Promise<Codec> {
  // In two steps, because a text that is put together for each record is hashed anew for each.
  const ids = new Map<Topic, Map<RecordName, number>>(topics.map((topic) => [topic, new Map()]));
  const readers = new Map<number, Lookup>();
  const lookUps = new Map<number, Promise<Lookup>>();
  let unknownIds = 0;
  let patientFrom = 0;

  await Promise.all(
    topics.flatMap((topic) =>
      TOPIC_RECORDS[topic].map(async (name) => {
        const schema = schemas[name];
        const id = await registry.register(subjectOf(topicPrefix, topic, schema), schema.text);
        ids.get(topic)?.set(name, id);
        readers.set(id, { name, resolver: null, type: schema.type, ourType: schema.type });
      }),
    ),
  );

  const encodeWith = createEncoder();

  function idOf(topic: Topic, name: RecordName): number {
    const id = ids.get(topic)?.get(name);
    if (id === undefined)
      throw new Error(`${name} is not registered for ${topic}: no role of this process reads or writes it`);
    return id;
  }

  function read(reader: Reader, value: Buffer): Decoded {
    try {
      const { value: record, offset } = reader.resolver
        ? reader.ourType.decode(value, WIRE_HEADER_BYTES, reader.resolver)
        : reader.type.decode(value, WIRE_HEADER_BYTES);
      if (offset === value.length) return { ok: true, name: reader.name, record } as Decoded;
      const message =
        offset < 0 ? 'the value ends in the middle of the record' : 'bytes are left over after the record';
      return { ok: false, code: 'undecodable', message: `${reader.name}: ${message}` };
    } catch (error) {
      return { ok: false, code: 'undecodable', message: `${reader.name}: ${(error as Error).message}` };
    }
  }

  async function schemaText(id: number): Promise<string | undefined> {
    let text = await registry.schemaText(id);
    if (text !== undefined || now() < patientFrom) return text;
    patientFrom = now() + UNKNOWN_ID_TTL_MS;
    for (const pauseMs of ASK_AGAIN_MS) {
      await pause(pauseMs);
      text = await registry.schemaText(id);
      if (text !== undefined) break;
    }
    return text;
  }

  async function lookUp(id: number): Promise<Lookup> {
    const text = await schemaText(id);
    const found = text === undefined ? unknown(id) : readerOf(text, id);
    if ('until' in found) {
      if (unknownIds >= MAX_UNKNOWN_IDS) {
        for (const [key, held] of readers) if ('until' in held) readers.delete(key);
        unknownIds = 0;
      }
      unknownIds += 1;
    }
    readers.set(id, found);
    return found;
  }

  /** A thousand records with one new id are one request. */
  function lookUpOnce(id: number): Promise<Lookup> {
    const running = lookUps.get(id) ?? lookUp(id).finally(() => lookUps.delete(id));
    lookUps.set(id, running);
    return running;
  }

  const refusal = (code: ErrorCode, message: string): Lookup => ({ code, message, until: now() + UNKNOWN_ID_TTL_MS });

  const unknown = (id: number): Lookup => refusal('unknown_schema', `the registry has no schema ${id}`);

  function readerOf(text: string, id: number): Lookup {
    try {
      const type = typeOfSchema(JSON.parse(text));
      const ours = Object.values(schemas).find((schema) => schema.fullName === type.name);
      if (ours === undefined)
        return refusal('unexpected_record', `schema ${id} is of the record ${type.name ?? 'none'}`);
      return { name: ours.name, resolver: ours.type.createResolver(type), type, ourType: ours.type };
    } catch (error) {
      return refusal('undecodable', `schema ${id} cannot be read as ours: ${(error as Error).message}`);
    }
  }

  const decodeWith = (found: Lookup, value: Buffer): Decoded =>
    'until' in found ? { ok: false, code: found.code, message: found.message } : read(found, value);

  return {
    encode: (topic, name, record) => encodeWith(idOf(topic, name), schemas[name].type, record),

    decode(value) {
      if (value === null) return { ok: false, code: 'tombstone', message: 'the record has no value' };
      const id = readSchemaId(value);
      if (id === undefined) {
        return { ok: false, code: 'not_wire_format', message: `the value of ${value.length} bytes has no schema id` };
      }
      const found = readers.get(id);
      if (found !== undefined && (!('until' in found) || found.until > now())) return decodeWith(found, value);
      return lookUpOnce(id).then((reader) => decodeWith(reader, value));
    },
  };
}
