import type { FetchedBatch, UnreadableBatch } from '../record.ts';

/** A stretch of time, epoch milliseconds; it has no bound where one is undefined. */
export interface Window {
  /** The first millisecond of the window. */
  readonly since: number | undefined;
  /** The first millisecond after the window. */
  readonly until: number | undefined;
}

/** Whether a timestamp (epoch milliseconds) is within a window. Windows that adjoin share no timestamp and miss none. */
export const isWithin = (timestamp: number, { since, until }: Window): boolean =>
  (since === undefined || timestamp >= since) && (until === undefined || timestamp < until);

/**
 * Whether an unreadable batch may have records within a window, by the timestamps of its first and of its latest record. Both
 * are in the header of the batch, which is intact when the records are too large or their codec is unknown; a batch whose
 * header may be damaged is within every window.
 */
export const mayBeWithin = ({ firstTimestamp, timestamp }: UnreadableBatch, { since, until }: Window): boolean =>
  firstTimestamp === undefined ||
  ((since === undefined || timestamp >= since) && (until === undefined || Math.min(firstTimestamp, timestamp) < until));

/**
 * Hands on the records of a batch whose timestamps are within the window, before any is decoded, and commits the others.
 * Timestamps need not rise with the offsets, so each record is looked at.
 *
 * @param onLeftOut called with the number of records that are not handed on.
 */
export function withinWindow(
  window: Window,
  handle: (batch: FetchedBatch) => Promise<void>,
  onLeftOut: (records: number) => void,
): (batch: FetchedBatch) => Promise<void> {
  return async (batch) => {
    const records = batch.records.filter(({ timestamp }) => isWithin(timestamp, window));
    if (records.length > 0) await handle({ ...batch, records });
    const last = batch.records.at(-1);
    if (last === undefined || !batch.isActive()) return;
    onLeftOut(batch.records.length - records.length);
    if (records.at(-1) !== last) await batch.commit(last.offset);
  };
}
