import { createRequire } from 'node:module';
import { expect, test } from '@jest/globals';
import { isolatePartitionErrors } from '../../../src/kafka/wire/partition-errors.ts';
import { UnreadableMessage } from '../../../src/kafka/wire/unreadable-message.ts';

interface Response {
  readonly responses: readonly {
    readonly topicName: string;
    readonly partitions: readonly { readonly errorCode: number; readonly messages: readonly object[] }[];
  }[];
}

isolatePartitionErrors();
isolatePartitionErrors();
const { parse } = createRequire(import.meta.url)('kafkajs/src/protocol/requests/fetch/v11/response') as {
  parse(response: Response): Promise<Response>;
};

const responseOf = (...errorCodes: readonly number[]): Response => ({
  responses: [
    {
      topicName: 't',
      partitions: errorCodes.map((errorCode, partition) => ({ partition, errorCode, messages: [] })),
    },
  ],
});

test.each([
  [2, 'the broker answers CORRUPT_MESSAGE'],
  [56, 'the broker answers KAFKA_STORAGE_ERROR'],
  [-1, 'the broker answers UNKNOWN_SERVER_ERROR'],
])('error %i of one partition is an unreadable batch there, and the others are read', async (code, reason) => {
  const { responses } = await parse(responseOf(0, code, 0));
  const partitions = responses[0]?.partitions ?? [];
  expect(partitions.map(({ errorCode, messages }) => [errorCode, messages.length])).toEqual([
    [0, 0],
    [0, 1],
    [0, 0],
  ]);
  const [message] = partitions[1]?.messages ?? [];
  expect(message).toBeInstanceOf(UnreadableMessage);
  expect((message as UnreadableMessage).batch).toMatchObject({ reason, firstOffset: undefined, lastOffset: undefined });
});

test.each([
  [1, 'OFFSET_OUT_OF_RANGE'],
  [6, 'NOT_LEADER_FOR_PARTITION'],
])('error %i, %s, is still thrown, because kafkajs recovers from it', async (code, type) => {
  await expect(parse(responseOf(0, code))).rejects.toMatchObject({ type });
});
