import { createRequire } from 'node:module';

/** Metadata; version 10 is the first whose response contains topic ids. The protocol: kafka.apache.org/protocol. */
export const METADATA = { apiKey: 3, apiVersion: 10, apiName: 'Metadata' } as const;

const UUID_BYTES = 16;
/** The id of a topic on a broker that assigns none. */
const NO_ID = 'AAAAAAAAAAAAAAAAAAAAAA';

interface Encoded {
  readonly buffer: Buffer;
}

interface KafkajsEncoder {
  writeBuffer(bytes: Buffer): Encoded;
}

/** The request and the reader of its response, in the form in which a connection of kafkajs sends them. */
export interface TopicIdRequest {
  readonly request: typeof METADATA & { readonly encode: () => Promise<Encoded> };
  readonly response: {
    readonly decode: (payload: Buffer) => Promise<Buffer>;
    readonly parse: (payload: Buffer) => Promise<ReadonlyMap<string, string>>;
  };
}

/**
 * Requests the ids of topics (names on the broker). The result has an entry for each topic that exists and has an id, which
 * is written as Kafka's own tools write it: 22 characters of base64url.
 */
export function topicIdRequest(topics: readonly string[]): TopicIdRequest {
  return {
    request: {
      ...METADATA,
      async encode() {
        const Encoder = createRequire(import.meta.url)('kafkajs/src/protocol/encoder') as new () => KafkajsEncoder;
        return new Encoder().writeBuffer(encodeTopicIdRequest(topics));
      },
    },
    response: {
      decode: async (payload) => payload,
      parse: async (payload) => decodeTopicIds(payload),
    },
  };
}

export const encodeTopicIdRequest = (topics: readonly string[]): Buffer => encodeMetadataRequest(topics);

/** @param withOperations whether the response contains the operations that this client may perform on each topic. */
export function encodeMetadataRequest(topics: readonly string[], withOperations = false): Buffer {
  const names = topics.map((topic) => {
    const name = Buffer.from(topic);
    return Buffer.concat([Buffer.alloc(UUID_BYTES), unsigned(name.length + 1), name, NO_TAGS]);
  });
  // No topic is created, and no authorized operations of the cluster are asked for.
  const flags = Buffer.of(0, 0, withOperations ? 1 : 0);
  return Buffer.concat([NO_TAGS, unsigned(topics.length + 1), ...names, flags, NO_TAGS]);
}

/** One topic of a response. */
export interface DescribedTopic {
  /** The error code of Kafka's protocol; 0 for none. */
  readonly error: number;
  readonly name: string;
  readonly id: string;
  /** The operations that this client may perform, a bit for each; see `authorized-operations.ts`. */
  readonly operations: number;
}

export const decodeTopicIds = (payload: Buffer): Map<string, string> =>
  new Map(
    decodeMetadata(payload)
      .filter(({ error, id }) => error === 0 && id !== NO_ID)
      .map(({ name, id }) => [name, id]),
  );

export function decodeMetadata(payload: Buffer): DescribedTopic[] {
  const reader = new CompactReader(payload);
  reader.skipTags();
  reader.skip(4); // throttle time
  reader.each(() => {
    reader.skip(4); // node id
    reader.text();
    reader.skip(4); // port
    reader.text();
    reader.skipTags();
  });
  reader.text(); // cluster id
  reader.skip(4); // controller id
  const topics: DescribedTopic[] = [];
  reader.each(() => {
    const error = reader.int16();
    const name = reader.text();
    const id = reader.bytes(UUID_BYTES).toString('base64url');
    reader.skip(1); // whether the topic is internal
    reader.each(() => {
      reader.skip(2 + 4 + 4 + 4); // error, partition, leader, epoch
      for (let list = 0; list < 3; list += 1) reader.skip(4 * reader.count()); // replicas
      reader.skipTags();
    });
    const operations = reader.bytes(4).readInt32BE();
    reader.skipTags();
    topics.push({ error, name, id, operations });
  });
  return topics;
}

const NO_TAGS = Buffer.from([0]);

function unsigned(value: number): Buffer {
  const bytes: number[] = [];
  let left = value;
  for (; left > 0x7f; left >>>= 7) bytes.push((left & 0x7f) | 0x80);
  return Buffer.from([...bytes, left]);
}

/** Reads the "flexible" encoding: lengths are unsigned varints, one greater than the length itself, and tagged fields follow each struct. */
class CompactReader {
  readonly #buffer: Buffer;
  #at = 0;

  constructor(buffer: Buffer) {
    this.#buffer = buffer;
  }

  bytes(length: number): Buffer {
    this.skip(length);
    return this.#buffer.subarray(this.#at - length, this.#at);
  }

  skip(length: number): void {
    this.#at += length;
    if (this.#at > this.#buffer.length) throw new Error('the metadata response of the broker is cut short');
  }

  int16(): number {
    return this.bytes(2).readInt16BE();
  }

  unsigned(): number {
    for (let value = 0, shift = 0; ; shift += 7) {
      const byte = this.bytes(1).readUInt8();
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  }

  /** A compact string; empty where it is null. */
  text(): string {
    return this.bytes(Math.max(0, this.unsigned() - 1)).toString();
  }

  /** The length of a compact array; 0 where it is null. */
  count(): number {
    return Math.max(0, this.unsigned() - 1);
  }

  each(read: () => void): void {
    for (let left = this.count(); left > 0; left -= 1) read();
  }

  skipTags(): void {
    for (let left = this.unsigned(); left > 0; left -= 1) {
      this.unsigned();
      this.skip(this.unsigned());
    }
  }
}
