import { setTimeout as sleep } from 'node:timers/promises';
import type avro from 'avsc';
import { BoundedCache } from '../bounded-cache.ts';
import type { ErrorCode } from '../errors.ts';
import { type Topic, topicName } from '../topics.ts';
import type { AnyRecord, RecordName, Records } from './any-record.ts';
import { createEncoder } from './encoder.ts';
import type { Registry } from './registry.ts';
import type { SchemaFile, Schemas } from './schemas.ts';
import { typeOfSchema } from './type-of-schema.ts';
import { readSchemaId, WIRE_HEADER_BYTES } from './wire.ts';

export type Decoded =
  | ({ readonly ok: true } & AnyRecord)
  | { readonly ok: false; readonly code: ErrorCode; readonly message: string };

/** The records that each topic contains. */
export const TOPIC_RECORDS = {
  'ml.events': ['RunStart', 'RunStop', 'RunMetric', 'TrialStart', 'TrialComplete', 'TrialFailed', 'ArtifactStored'],
  'ml.events.high': ['RunStart', 'RunStop', 'TrialStart', 'TrialComplete', 'TrialFailed', 'ArtifactStored'],
  'ml.events.realtime': ['RunMetric'],
  'ml.commands': ['TrialCommand'],
  'ml.deadletters': ['DeadLetter'],
} as const satisfies Readonly<Record<Topic, readonly RecordName[]>>;

/** The subject of a record under TopicRecordNameStrategy. */
export const subjectOf = (topicPrefix: string, topic: Topic, schema: SchemaFile): string =>
  `${topicName(topicPrefix, topic)}-${schema.fullName}`;

export interface Codec {
  /** A value in wire format for `topic`. The record must be one that {@link TOPIC_RECORDS} lists there. */
  encode<Name extends RecordName>(topic: Topic, name: Name, record: Records[Name]): Buffer;
  /**
   * Decodes the record in a value. Bytes that cannot be read are an outcome, not an exception; throws `RegistryUnavailable`
   * when the registry does not answer. Synchronous once the schema id has been seen.
   */
  decode(value: Buffer | null): Decoded | Promise<Decoded>;
}

interface Reader {
  readonly name: RecordName;
  /** Null if the writer's schema is identical to the schema of this version. */
  readonly resolver: avro.Resolver | null;
  readonly type: avro.Type;
  /** The type of this version's schema. */
  readonly ownType: avro.Type;
}

/** A schema id whose records cannot be read, until the time (epoch milliseconds) at which the registry is asked again. */
interface Unreadable {
  readonly code: ErrorCode;
  readonly message: string;
  readonly until: number;
}

type Lookup = Reader | Unreadable;

/** The time for which an id that the registry does not have counts as unknown without another request, in milliseconds. */
const UNKNOWN_ID_TTL_MS = 30_000;
/** Maximum number of remembered ids that cannot be read: garbage may contain any of four billion. */
const MAX_UNREADABLE_IDS = 10_000;

/**
 * The pauses before the registry is asked again for an id it does not have, in milliseconds: one of several nodes may not
 * have received a schema yet that is already in use. The registry gets that time once per {@link UNKNOWN_ID_TTL_MS}, not for
 * each id, because garbage may contain any number of ids.
 */
const ASK_AGAIN_MS = [250, 1_000] as const;

/** The clock of a codec, which a test replaces. */
export interface CodecClock {
  /** Epoch milliseconds. */
  now(): number;
  pause(ms: number): Promise<unknown>;
}

/**
 * Registers the schemas of `topics` and returns a codec for their records.
 *
 * Resolvers are built once for each schema id. The registry library builds one for each message, which is 25-40 times slower.
 */
export async function createCodec(
  registry: Registry,
  schemas: Schemas,
  topicPrefix: string,
  topics: readonly Topic[],
  { now, pause }: CodecClock = { now: Date.now, pause: sleep },
): Promise<Codec> {
  // Two maps, because a key that is concatenated for each record would be hashed for each record.
  const ids = new Map<Topic, Map<RecordName, number>>(topics.map((topic) => [topic, new Map()]));
  const readers = new Map<number, Reader>();
  const unreadable = new BoundedCache<number, Unreadable>(MAX_UNREADABLE_IDS);
  const lookUps = new Map<number, Promise<Lookup>>();
  let patientFrom = 0;

  // A schema for one topic after another: Apicurio stores equal texts once, and its database logs an error for each of
  // several that arrive at the same time.
  async function registerSchema(name: RecordName): Promise<void> {
    const schema = schemas[name];
    for (const topic of topics.filter((topic) => (TOPIC_RECORDS[topic] as readonly RecordName[]).includes(name))) {
      const id = await registry.register(subjectOf(topicPrefix, topic, schema), schema.text);
      ids.get(topic)?.set(name, id);
      readers.set(id, { name, resolver: null, type: schema.type, ownType: schema.type });
    }
  }
  await Promise.all([...new Set(topics.flatMap((topic) => TOPIC_RECORDS[topic]))].map(registerSchema));

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
        ? reader.ownType.decode(value, WIRE_HEADER_BYTES, reader.resolver)
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
    if ('until' in found) unreadable.set(id, found);
    else readers.set(id, found);
    return found;
  }

  /** Shares one request among all records that have the same new id. */
  function lookUpOnce(id: number): Promise<Lookup> {
    const running = lookUps.get(id) ?? lookUp(id).finally(() => lookUps.delete(id));
    lookUps.set(id, running);
    return running;
  }

  const undecodable = (code: ErrorCode, message: string): Unreadable => ({
    code,
    message,
    until: now() + UNKNOWN_ID_TTL_MS,
  });

  const unknown = (id: number): Lookup => undecodable('unknown_schema', `the registry has no schema ${id}`);

  function readerOf(text: string, id: number): Lookup {
    try {
      const type = typeOfSchema(JSON.parse(text));
      const own = Object.values(schemas).find((schema) => schema.fullName === type.name);
      if (own === undefined)
        return undecodable('unexpected_record', `schema ${id} describes the record ${type.name ?? 'without a name'}`);
      return { name: own.name, resolver: own.type.createResolver(type), type, ownType: own.type };
    } catch (error) {
      return undecodable(
        'undecodable',
        `schema ${id} cannot be resolved to the schema of this version: ${(error as Error).message}`,
      );
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
      const reader = readers.get(id);
      if (reader !== undefined) return read(reader, value);
      const known = unreadable.peek(id);
      if (known !== undefined && known.until > now()) return decodeWith(known, value);
      return lookUpOnce(id).then((found) => decodeWith(found, value));
    },
  };
}
