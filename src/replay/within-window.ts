import type { FetchedBatch } from '../record.ts';

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
