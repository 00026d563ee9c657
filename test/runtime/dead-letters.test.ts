import { expect, test } from '@jest/globals';
import type { Codec } from '../../src/avro/codec.ts';
import type { DeadLetter } from '../../src/avro/records.ts';
import { createMetrics } from '../../src/metrics.ts';
import { type OutgoingRecord, RecordTooLarge } from '../../src/record.ts';
import { obstacle } from '../../src/replay/dead-letters/stored-letter.ts';
import { createDeadLetters } from '../../src/runtime/dead-letters.ts';
import { recordsOf } from './scripted-batch.ts';

test('a letter without the bytes of its record is marked, and is not replayed as an empty record', async () => {
  const encoded: DeadLetter[] = [];
  const codec = {
    encode(_: string, __: string, letter: DeadLetter) {
      encoded.push(letter);
      return Buffer.alloc(1);
    },
  } as unknown as Codec;
  const sender = {
    async send([first]: readonly OutgoingRecord[]): Promise<void> {
      if (encoded.length === 1 && first !== undefined) throw new RecordTooLarge([first]);
    },
  };
  const [record] = recordsOf(1);
  if (record === undefined) throw new Error('there is one record');
  await createDeadLetters(codec, sender, '', createMetrics()).write('router', [
    { record: { ...record, topic: 'ml.events' }, code: 'undecodable', message: 'broken' },
  ]);
  const letters = encoded.map((letter, index) => ({ id: `0:${index}`, letter }));
  expect(letters.map(({ letter }) => [letter.value?.length, letter.bytes_omitted])).toEqual([
    [10, false],
    [undefined, true],
  ]);
  expect(letters.map((stored) => obstacle(stored, '', 3))).toEqual([
    undefined,
    'its bytes are too many for a dead letter and are only at ml.events/0/0',
  ]);
});
