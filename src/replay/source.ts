import type { FetchedBatch } from '../record.ts';

/** Where a replay reads. It remembers how far it came, so that the next start goes on from there. */
export interface Source {
  /** Records there are to read, from the very start. */
  readonly total: number;
  /** Records of those that an earlier, interrupted replay has read. */
  readonly already: number;
  /**
   * Hands every record to `handle`, in order within each partition, and resolves behind the last one or when `signal`
   * aborts. What `handle` commits is not read again after an interruption.
   *
   * @param onProgress told how many more records are at rest.
   */
  read(
    handle: (batch: FetchedBatch) => Promise<void>,
    signal: AbortSignal,
    onProgress: (records: number) => void,
  ): Promise<void>;
  /** Forgets how far it came: the replay is over. */
  forget(): Promise<void>;
  close(): Promise<void>;
}
