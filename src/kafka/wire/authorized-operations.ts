import { createRequire } from 'node:module';
import { type DescribedTopic, decodeMetadata, encodeMetadataRequest, METADATA } from './topic-id-request.ts';

/** DescribeGroups; version 3 is the first whose response contains the operations. The protocol: kafka.apache.org/protocol. */
export const DESCRIBE_GROUPS = { apiKey: 15, apiVersion: 3, apiName: 'DescribeGroups' } as const;

export const TOPIC_AUTHORIZATION_FAILED = 29;
export const GROUP_AUTHORIZATION_FAILED = 30;

/** The codes of Kafka's `AclOperation`; the bit of an operation has its code as its place. */
export const OPERATION_CODES = {
  READ: 3,
  WRITE: 4,
  CREATE: 5,
  DELETE: 6,
  ALTER: 7,
  DESCRIBE: 8,
  DESCRIBE_CONFIGS: 10,
  ALTER_CONFIGS: 11,
} as const;

export type KafkaOperation = keyof typeof OPERATION_CODES;

/** The operations of a response that contains none. */
const UNKNOWN = -(2 ** 31);

/** Whether the operations of a response contain this one, or the broker does not report them. */
export const grantsOperation = (operations: number, operation: KafkaOperation): boolean =>
  operations === UNKNOWN || (operations & (1 << OPERATION_CODES[operation])) !== 0;

interface Encoded {
  readonly buffer: Buffer;
}

/** A request and the reader of its response, in the form in which a connection of kafkajs sends them. */
export interface RawRequest<Response> {
  readonly request: {
    readonly apiKey: number;
    readonly apiVersion: number;
    readonly apiName: string;
    readonly encode: () => Promise<Encoded>;
  };
  readonly response: {
    readonly decode: (payload: Buffer) => Promise<Buffer>;
    readonly parse: (payload: Buffer) => Promise<Response>;
  };
}

/** Requests topics (names on the broker) with the operations that this client may perform on them. */
export const topicOperationsRequest = (topics: readonly string[]): RawRequest<readonly DescribedTopic[]> =>
  rawRequest(METADATA, encodeMetadataRequest(topics, true), decodeMetadata);

/** The state of a group. */
export interface DescribedGroup {
  readonly error: number;
  readonly operations: number;
}

/** Requests the operations that this client may perform on a group; its coordinator must be asked. */
export const groupOperationsRequest = (groupId: string): RawRequest<DescribedGroup> =>
  rawRequest(DESCRIBE_GROUPS, encodeGroupRequest(groupId), decodeGroup);

function rawRequest<Response>(
  api: Omit<RawRequest<Response>['request'], 'encode'>,
  bytes: Buffer,
  parse: (payload: Buffer) => Response,
): RawRequest<Response> {
  return {
    request: {
      ...api,
      async encode() {
        const Encoder = createRequire(import.meta.url)('kafkajs/src/protocol/encoder') as new () => {
          writeBuffer(content: Buffer): Encoded;
        };
        return new Encoder().writeBuffer(bytes);
      },
    },
    response: { decode: async (payload) => payload, parse: async (payload) => parse(payload) },
  };
}

export function encodeGroupRequest(groupId: string): Buffer {
  const name = Buffer.from(groupId);
  const head = Buffer.alloc(6);
  head.writeInt32BE(1, 0); // one group
  head.writeInt16BE(name.length, 4);
  return Buffer.concat([head, name, Buffer.of(1)]); // with the authorized operations
}

export function decodeGroup(payload: Buffer): DescribedGroup {
  let at = 8; // throttle time, number of groups
  const skipText = (): void => {
    at += 2 + Math.max(0, payload.readInt16BE(at));
  };
  const skipBytes = (): void => {
    at += 4 + Math.max(0, payload.readInt32BE(at));
  };
  const error = payload.readInt16BE(at);
  at += 2;
  for (let text = 0; text < 4; text += 1) skipText(); // group, state, type of protocol, protocol
  const members = payload.readInt32BE(at);
  at += 4;
  for (let member = 0; member < members; member += 1) {
    for (let text = 0; text < 3; text += 1) skipText(); // member, client, host
    skipBytes(); // metadata
    skipBytes(); // assignment
  }
  return { error, operations: payload.readInt32BE(at) };
}
