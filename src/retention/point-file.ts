import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import type { AsyncBuffer, FileMetaData, SchemaElement } from 'hyparquet';
import { parquetMetadataAsync, parquetRead, parquetReadObjects } from 'hyparquet';
import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import type { SeriesPoint } from './read-series-points.ts';
import { type FileColumns, noPoints, RowDigest } from './row-digest.ts';

/** A row of a file: a metric point with the names and ids that the integers stand for. */
export interface FilePoint {
  readonly model_run_id: string;
  /** Null for a point of a whole run. */
  readonly trial_id: string | null;
  readonly name: string;
  readonly step: bigint;
  readonly value: number;
  /** Epoch microseconds. */
  readonly recorded_at: bigint;
  readonly attempt: number;
  readonly event_id: string;
  readonly trial_key: number;
}

/** Rows of a row group, the unit that a reader skips. */
const GROUP_ROWS = 10_000;

const REQUIRED = { repetition_type: 'REQUIRED' } as const;
const TEXT = { type: 'BYTE_ARRAY', converted_type: 'UTF8' } as const;

const SCHEMA: SchemaElement[] = [
  { name: 'root', num_children: 9 },
  { name: 'model_run_id', ...TEXT, ...REQUIRED },
  { name: 'trial_id', ...TEXT, repetition_type: 'OPTIONAL' },
  { name: 'name', ...TEXT, ...REQUIRED },
  { name: 'step', type: 'INT64', ...REQUIRED },
  { name: 'value', type: 'DOUBLE', ...REQUIRED },
  { name: 'recorded_at', type: 'INT64', converted_type: 'TIMESTAMP_MICROS', ...REQUIRED },
  { name: 'attempt', type: 'INT32', ...REQUIRED },
  { name: 'event_id', type: 'FIXED_LEN_BYTE_ARRAY', type_length: 16, logical_type: { type: 'UUID' }, ...REQUIRED },
  { name: 'trial_key', type: 'INT32', ...REQUIRED },
];

const ENCODINGS: Readonly<Partial<Record<keyof FilePoint, 'DELTA_BINARY_PACKED' | 'BYTE_STREAM_SPLIT'>>> = {
  step: 'DELTA_BINARY_PACKED',
  recorded_at: 'DELTA_BINARY_PACKED',
  value: 'BYTE_STREAM_SPLIT',
};

const COLUMNS = SCHEMA.slice(1).map(({ name }) => name as keyof FileColumns);

/** The series of a point, with the names and ids that the integers stand for. */
export type FileSeries = Pick<FilePoint, 'model_run_id' | 'trial_id' | 'name' | 'trial_key'>;

/** A file that is made in memory: some 10 bytes a point. Rows are written in the order of trial, name, step and event id. */
export class PointFileWriter {
  readonly #bytes = new ByteWriter();
  readonly #writer = new ParquetWriter({
    writer: this.#bytes,
    schema: SCHEMA,
    codec: 'ZSTD',
    compressors: { ZSTD: (input) => zstdCompressSync(input) },
    createdBy: 'thunderline',
  });
  readonly #digest = new RowDigest();
  #group = noPoints();
  points = 0;

  add(series: FileSeries, { step, value, atMicros, attempt, eventId }: SeriesPoint): void {
    const group = this.#group;
    group.model_run_id.push(series.model_run_id);
    group.trial_id.push(series.trial_id);
    group.name.push(series.name);
    group.step.push(step);
    group.value.push(value);
    group.recorded_at.push(atMicros);
    group.attempt.push(attempt);
    group.event_id.push(eventId);
    group.trial_key.push(series.trial_key);
    this.points += 1;
    if (group.step.length >= GROUP_ROWS) this.#writeGroup();
  }

  /** The file, and the digest of its rows. */
  finish(): { readonly bytes: Buffer; readonly digest: string } {
    if (this.#group.step.length > 0) this.#writeGroup();
    void this.#writer.finish();
    return { bytes: Buffer.from(this.#bytes.getBuffer()), digest: this.#digest.text() };
  }

  #writeGroup(): void {
    const group = this.#group;
    this.#group = noPoints();
    this.#digest.add(group);
    const columnData = COLUMNS.map((name) => {
      const encoding = ENCODINGS[name];
      // Least and greatest are of no use for an id, which has no order that a reader knows.
      return { name, data: group[name], statistics: name !== 'event_id', ...(encoding && { encoding }) };
    });
    void this.#writer.write({ columnData, rowGroupSize: GROUP_ROWS });
  }
}

const READING = {
  compressors: { ZSTD: (input: Uint8Array) => zstdDecompressSync(input) },
  parsers: { timestampFromMicroseconds: (micros: bigint) => micros },
} as const;
/** Ids stay bytes: as text, they would take most of the time of reading a file. */
const READING_COLUMNS = {
  ...READING,
  parsers: { ...READING.parsers, uuidFromBytes: (bytes: Uint8Array) => bytes },
} as const;

/**
 * The digest of a file's rows, read group by group; equal to that of the writer if the file has the rows that were written.
 *
 * @param rest called after each group.
 */
export async function digestOfFile(file: AsyncBuffer, rest: () => Promise<void>): Promise<string> {
  const metadata = await parquetMetadataAsync(file);
  const digest = new RowDigest();
  for (let rowStart = 0; rowStart < Number(metadata.num_rows); rowStart += GROUP_ROWS) {
    const columns = noPoints();
    await parquetRead({
      file,
      metadata,
      ...READING_COLUMNS,
      rowStart,
      rowEnd: rowStart + GROUP_ROWS,
      onChunk: ({ columnName, columnData }) => {
        const column: unknown[] = columns[columnName as keyof FileColumns];
        for (const value of columnData) column.push(value);
      },
    });
    digest.add(columns);
    await rest();
  }
  return digest.text();
}

/** All rows of a file, group by group. */
export async function* readAllRows(file: AsyncBuffer): AsyncGenerator<readonly FilePoint[]> {
  const metadata = await parquetMetadataAsync(file);
  for (let rowStart = 0; rowStart < Number(metadata.num_rows); rowStart += GROUP_ROWS) {
    yield await readRows(file, metadata, { rowStart, rowEnd: rowStart + GROUP_ROWS });
  }
}

/** The rows of one trial, of some metrics or of all. Groups of other trials are not read. */
export async function readTrialRows(
  file: AsyncBuffer,
  trialKey: number,
  names: readonly string[] | undefined,
): Promise<readonly FilePoint[]> {
  const filter = { trial_key: { $eq: trialKey }, ...(names !== undefined && { name: { $in: [...names] } }) };
  return readRows(file, await parquetMetadataAsync(file), { filter });
}

const readRows = async (
  file: AsyncBuffer,
  metadata: FileMetaData,
  selection: Pick<Parameters<typeof parquetReadObjects>[0], 'filter' | 'rowStart' | 'rowEnd'>,
): Promise<readonly FilePoint[]> =>
  (await parquetReadObjects({ file, metadata, ...READING, ...selection })) as unknown as readonly FilePoint[];
