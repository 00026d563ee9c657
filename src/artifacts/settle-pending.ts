import type { Trace } from '../producers/event-producer.ts';
import type { PendingUpload, PendingUploads } from '../store/tables/pending-uploads.ts';
import type { ArtifactStore } from './artifact-store.ts';
import { readAddress } from './object-address.ts';
import { oneByOne } from './one-by-one.ts';
import type { PublishArtifacts } from './publish-artifacts.ts';
import type { WriteUploadRow } from './write-upload-row.ts';

export interface SettleParts {
  readonly pending: PendingUploads;
  readonly store: Pick<ArtifactStore, 'state'>;
  readonly publish: PublishArtifacts;
  readonly writeRow: WriteUploadRow;
  readonly newTrace: () => Trace;
}

/** An upload that was noted later is left to the request that noted it. */
export const SETTLE_AFTER_MS = 120_000;
/** After this time no request can be about to complete the object any more. */
const GIVE_UP_AFTER_MS = 3_600_000;
const AT_ONCE = 100;

/**
 * Writes the records and rows of uploads that were not acknowledged because their process ended, or Kafka or Postgres was
 * unavailable. The record has the id it would have had, so that a second one changes nothing. An upload without an object is
 * forgotten; one that the store does not report on waits, and holds up no other.
 */
export async function settlePending(parts: SettleParts, settleAfterMs = SETTLE_AFTER_MS): Promise<void> {
  const { pending, store, publish, writeRow, newTrace } = parts;

  async function settle({ record, ageMs }: PendingUpload): Promise<void> {
    const address = readAddress(record.uri);
    const state = typeof address === 'string' ? 'absent' : (await store.state(address)).kind;
    if (state === 'there') {
      await publish([record], newTrace());
      await writeRow(record);
    } else if (state === 'denied' || ageMs < GIVE_UP_AFTER_MS) return;
    await pending.remove(record.event_id);
  }

  await oneByOne(pagesOf(pending, settleAfterMs), settle, async () => undefined);
}

async function* pagesOf(pending: PendingUploads, settleAfterMs: number): AsyncGenerator<PendingUpload> {
  let page: readonly PendingUpload[] = [];
  do {
    page = await pending.olderThan(settleAfterMs, AT_ONCE, page.at(-1));
    yield* page;
  } while (page.length === AT_ONCE);
}
