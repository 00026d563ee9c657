import type { AsyncBuffer } from 'hyparquet';
import type { ObjectStore } from '../sinks/archive/object-store.ts';
import type { KeyRange } from '../store/tables/metric-partitions.ts';
import type { TierFile } from '../store/tables/metric-tiers.ts';
import type { Pace } from './pace.ts';
import { digestOfFile, type FileSeries, PointFileWriter } from './point-file.ts';
import type { SeriesPoint } from './read-series-points.ts';

/** Points of one file: some 5 to 15 MB, which is in memory while it is made. */
const FILE_POINTS = 500_000;

/** Where the Parquet files are: a folder of the archive, whose own objects are in folders with the names of topics. */
const folderOf = (prefix: string, { first, end }: KeyRange): string => `${prefix}/_points/${first}-${end}/`;

/** A file in the bucket, of which only the parts that are asked for are read. */
export const remoteFile = (store: ObjectStore, { objectKey, bytes }: TierFile): AsyncBuffer => ({
  byteLength: bytes,
  async slice(start, end = bytes) {
    const part = await store.getRange(objectKey, start, Math.min(end, bytes));
    return part.buffer.slice(part.byteOffset, part.byteOffset + part.byteLength) as ArrayBuffer;
  },
});

/** An object in the bucket does not have the rows that were written to it. */
export class FileDiffers extends Error {
  override readonly name = 'FileDiffers';
}

/**
 * Writes the points of a range, in their order, as files of the bucket, and reads each file again to compare its rows with those that
 * were written. The key of a file has the hash of its rows: repeated after an interruption, the same object is written again.
 */
export class PointFiles {
  readonly #store: ObjectStore;
  readonly #folder: string;
  readonly #pace: Pace;
  readonly #written: TierFile[] = [];
  #writer = new PointFileWriter();
  #first = 0;
  #last = 0;

  constructor(store: ObjectStore, prefix: string, range: KeyRange, pace: Pace) {
    this.#store = store;
    this.#pace = pace;
    this.#folder = folderOf(prefix, range);
  }

  add(series: FileSeries, point: SeriesPoint): void {
    if (this.#writer.points === 0) this.#first = series.trial_key;
    this.#last = series.trial_key;
    this.#writer.add(series, point);
  }

  /** Writes the file if it is large enough. */
  async flush(): Promise<void> {
    if (this.#writer.points >= FILE_POINTS) await this.#write();
  }

  /** Writes the rest; returns all files. */
  async finish(): Promise<readonly TierFile[]> {
    if (this.#writer.points > 0) await this.#write();
    return this.#written;
  }

  async #write(): Promise<void> {
    const { points } = this.#writer;
    const { bytes, digest } = this.#writer.finish();
    this.#writer = new PointFileWriter();
    const file: TierFile = {
      objectKey: `${this.#folder}${digest.slice(0, 32)}.parquet`,
      firstTrialKey: this.#first,
      lastTrialKey: this.#last,
      points,
      bytes: bytes.length,
    };
    await this.#store.put(file.objectKey, bytes);
    if ((await digestOfFile(remoteFile(this.#store, file), this.#pace.rest)) !== digest) {
      throw new FileDiffers(`${file.objectKey} does not have the points that were written to it`);
    }
    this.#written.push(file);
  }
}
