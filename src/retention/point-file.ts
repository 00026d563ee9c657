import { hash } from 'node:crypto';
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import type { AsyncBuffer, FileMetaData, SchemaElement } from 'hyparquet';
import { parquetMetadataAsync, parquetReadObjects } from 'hyparquet';
import { ByteWriter, ParquetWriter } from 'hyparquet-writer';

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

const COLUMNS = SCHEMA.slice(1).map(({ name }) => name as keyof FilePoint);

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
  #rows: FilePoint[] = [];
  points = 0;

  add(row: FilePoint): void {
    this.#digest.add(row);
    this.#rows.push(row);
    this.points += 1;
    if (this.#rows.length >= GROUP_ROWS) this.#writeGroup();
  }

  /** The file, and the digest of its rows. */
  finish(): { readonly bytes: Buffer; readonly digest: string } {
    if (this.#rows.length > 0) this.#writeGroup();
    void this.#writer.finish();
    return { bytes: Buffer.from(this.#bytes.getBuffer()), digest: this.#digest.text() };
  }

  #writeGroup(): void {
    const columnData = COLUMNS.map((name) => {
      const encoding = ENCODINGS[name];
      const data: unknown[] = this.#rows.map((row) => (name === 'event_id' ? bytesOfId(row) : row[name]));
      return { name, data, ...(encoding && { encoding }) };
    });
    void this.#writer.write({ columnData, rowGroupSize: GROUP_ROWS });
    this.#rows = [];
  }
}

const bytesOfId = ({ event_id }: FilePoint): Buffer => Buffer.from(event_id.replaceAll('-', ''), 'hex');

/** The content of rows as a hash, in their order. Doubles count by their bits, and NaN as one value. */
class RowDigest {
  #state = '';
  #waiting: string[] = [];

  add({ model_run_id, trial_id, name, step, value, recorded_at, attempt, event_id }: FilePoint): void {
    const number = Object.is(value, -0) ? '-0' : value;
    // Postgres has no text with a NUL, so the line of a row is that of no other.
    const trial = trial_id === null ? '' : `=${trial_id}`;
    this.#waiting.push(
      `${model_run_id}\0${trial}\0${name}\0${step}\0${number}\0${recorded_at}\0${attempt}\0${event_id}`,
    );
    if (this.#waiting.length >= GROUP_ROWS) this.#fold();
  }

  text(): string {
    if (this.#waiting.length > 0) this.#fold();
    return this.#state;
  }

  #fold(): void {
    this.#state = hash('sha256', `${this.#state}\n${this.#waiting.join('\n')}`);
    this.#waiting = [];
  }
}

const READING = {
  compressors: { ZSTD: (input: Uint8Array) => zstdDecompressSync(input) },
  parsers: { timestampFromMicroseconds: (micros: bigint) => micros },
} as const;

/** The digest of a file's rows, read group by group; equal to that of the writer if the file has the rows that were written. */
export async function digestOfFile(file: AsyncBuffer): Promise<string> {
  const metadata = await parquetMetadataAsync(file);
  const digest = new RowDigest();
  for (let rowStart = 0; rowStart < Number(metadata.num_rows); rowStart += GROUP_ROWS) {
    const range = { rowStart, rowEnd: rowStart + GROUP_ROWS };
    for (const row of await readRows(file, metadata, range)) digest.add(row);
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
