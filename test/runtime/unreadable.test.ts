import { describe, expect, test } from '@jest/globals';
import { createLog } from '../../src/log.ts';
import { createMetrics } from '../../src/metrics.ts';
import type { UnreadableBatch } from '../../src/record.ts';
import { ConsumerStatus } from '../../src/runtime/consumer-status.ts';
import type { Rejected } from '../../src/runtime/stage.ts';
import { createUnreadableHandler } from '../../src/runtime/unreadable.ts';
import { recordsOf, scriptedBatch } from './scripted-batch.ts';

const UNREADABLE: UnreadableBatch = {
  topic: 't',
  partition: 0,
  firstOffset: '5',
  lastOffset: '8',
  codec: 'lz4',
  timestamp: 1_700_000_000_000,
  bytes: Buffer.from('the bytes'),
  reason: 'the LZ4 frame is cut off',
};

/** A handler, the skip decisions it finds at each attempt, and the order of what it does. */
function handling(...decisions: readonly (bigint | undefined | Error)[]) {
  const status = new ConsumerStatus();
  status.assign({ t: [0] });
  const calls: string[] = [];
  const letters: Rejected[] = [];
  const left = [...decisions];
  const handle = createUnreadableHandler('router', {
    log: createLog('silent'),
    metrics: createMetrics(),
    status,
    groupId: 'p-thunderline.router.t',
    deadLetters: {
      async write(_, rejected) {
        calls.push('letter');
        letters.push(...rejected);
      },
    },
    async fetchSkip() {
      const next = left.shift();
      if (next instanceof Error) throw next;
      return next;
    },
  });
  const batch = scriptedBatch(recordsOf(0), { pause: (ms) => void calls.push(`pause ${ms}`) });
  return { handle, batch, calls, letters, status, pass: async (offset: string) => void calls.push(`pass ${offset}`) };
}

describe('an unreadable batch', () => {
  test('pauses its partition, and readiness names it with the command that skips it', async () => {
    const { handle, batch, calls, status, pass } = handling(undefined, 8n);
    await handle(batch, UNREADABLE, pass);
    await handle(batch, UNREADABLE, pass);
    expect(calls).toEqual(['pause 3000', 'pause 3000']);
    expect(status.notReady()).toBe(
      't/0 waits: the batch at offset 5 (up to 8, 9 bytes, codec lz4) cannot be read: the LZ4 frame is cut off. ' +
        'To skip it: npx thunderline deadletters skip --group p-thunderline.router.t --topic t --partition 0 --offset 5',
    );
  });

  test('becomes a dead letter before its partition goes on, once it is skipped', async () => {
    const { handle, batch, calls, letters, status, pass } = handling(undefined, 9n);
    await handle(batch, UNREADABLE, pass);
    await handle(batch, UNREADABLE, pass);
    expect(calls).toEqual(['pause 3000', 'letter', 'pass 8']);
    expect(status.notReady()).toBeUndefined();
    expect(letters).toMatchObject([
      {
        code: 'unreadable_batch',
        record: { topic: 't', partition: 0, offset: '5', value: UNREADABLE.bytes, key: null },
      },
    ]);
  });

  test('is looked up again when Kafka does not answer', async () => {
    const { handle, batch, calls, pass } = handling(new Error('the coordinator is unavailable'), 9n);
    await handle(batch, UNREADABLE, pass);
    expect(calls).toEqual(['letter', 'pass 8']);
  });

  test('that the broker cannot read has no command that skips it', async () => {
    const { handle, batch, calls, status, pass } = handling(9n);
    const reason = 'the broker answers CORRUPT_MESSAGE';
    await handle(batch, { ...UNREADABLE, lastOffset: undefined, reason, bytes: Buffer.alloc(0) }, pass);
    expect(calls).toEqual(['pause 3000']);
    expect(status.notReady()).toBe('t/0 waits: offset 5 cannot be read: the broker answers CORRUPT_MESSAGE');
  });

  test('is left to the next owner of its partition', async () => {
    const { handle, batch, calls, status, pass } = handling(9n);
    batch.active = false;
    await handle(batch, UNREADABLE, pass);
    expect(calls).toEqual([]);
    expect(status.notReady()).toBeUndefined();
  });
});
