import type { FetchedBatch } from '../record.ts';

/** Supplies the records of a replay and keeps its position, so that an interrupted replay continues there. */
export interface Source {
  /** Number of records between the start and the end of the replay. */
  readonly total: number;
  /** Number of those that an earlier, interrupted replay has read. */
  readonly already: number;
  /**
   * Hands every record to `handle`, in order within each partition. Resolves after the last one or when `signal` aborts.
   * Records that `handle` has committed are not read again after an interruption.
   *
   * @param onProgress called with the number of records that were committed since the last call.
   */
  read(
    handle: (batch: FetchedBatch) => Promise<void>,
    signal: AbortSignal,
    onProgress: (records: number) => void,
  ): Promise<void>;
  /** Deletes the position: the replay is complete. */
  forget(): Promise<void>;
  close(): Promise<void>;
}
