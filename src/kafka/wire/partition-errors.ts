import { createRequire } from 'node:module';
import { UnreadableMessage } from './unreadable-message.ts';

interface FetchedPartition {
  readonly errorCode: number;
  readonly messages: readonly object[];
}

interface FetchResponse {
  readonly responses: readonly { readonly topicName: string; readonly partitions: readonly FetchedPartition[] }[];
}

interface ResponseModule {
  parse: ((response: FetchResponse) => Promise<FetchResponse>) & { readonly replaced?: true };
}

/** The newest version of the fetch response that kafkajs has; every supported broker answers in it. */
const MODULE = 'kafkajs/src/protocol/requests/fetch/v11/response';

/** Errors of the broker about the data of one partition (Kafka protocol, "Error Codes"). */
const DATA_ERRORS: ReadonlyMap<number, string> = new Map([
  [-1, 'UNKNOWN_SERVER_ERROR'],
  [2, 'CORRUPT_MESSAGE'],
  [56, 'KAFKA_STORAGE_ERROR'],
]);

/** The error is removed from the response and placed among the messages, as a batch that cannot be read. */
function asUnreadable(partition: FetchedPartition): FetchedPartition {
  const error = DATA_ERRORS.get(partition.errorCode);
  if (error === undefined) return partition;
  const message = new UnreadableMessage({
    firstOffset: undefined,
    lastOffset: undefined,
    codec: 'unknown',
    timestamp: 0,
    bytes: Buffer.alloc(0),
    reason: `the broker answers ${error}`,
  });
  return { ...partition, errorCode: 0, messages: [message] };
}

/**
 * Makes a partition whose data the broker itself cannot read one partition's problem: kafkajs throws for the whole
 * response, which ends the consumer of all partitions. Errors that do not concern data, such as a leader that moved,
 * are left to kafkajs. Safe to call twice.
 */
export function isolatePartitionErrors(): void {
  const response = createRequire(import.meta.url)(MODULE) as ResponseModule;
  const original = response.parse;
  if (original.replaced === true) return;
  const parse = async (data: FetchResponse): Promise<FetchResponse> => {
    const responses = data.responses.map(({ topicName, partitions }) => ({
      topicName,
      partitions: partitions.map(asUnreadable),
    }));
    return original({ ...data, responses });
  };
  response.parse = Object.assign(parse, { replaced: true as const });
}
