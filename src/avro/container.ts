import { promisify } from 'node:util';
import { deflateRaw, inflateRaw } from 'node:zlib';
import avro from 'avsc';
import { typeOfSchema } from './type-of-schema.ts';

/**
 * Avro object container files (Avro 1.12, "Object Container Files"), written block by block and with the codec deflate,
 * which every reader has. avsc's own streams choose the sync marker at random; here it is an argument, so that the same
 * records make the same bytes.
 */
const MAGIC = Buffer.from('Obj\x01', 'latin1');
const SYNC_BYTES = 16;
const CODEC = 'deflate';

const HEADER = typeOfSchema({
  type: 'record',
  name: 'Header',
  fields: [
    { name: 'magic', type: { type: 'fixed', name: 'Magic', size: MAGIC.length } },
    { name: 'meta', type: { type: 'map', values: 'bytes' } },
    { name: 'sync', type: { type: 'fixed', name: 'Sync', size: SYNC_BYTES } },
  ],
});
const LONG = avro.Type.forSchema('long');
const MAX_LONG_BYTES = 10;

const compress = promisify(deflateRaw);
const decompress = promisify(inflateRaw);

/** Builds a container, which it keeps in memory, compressed. */
export class ContainerWriter {
  readonly #type: avro.Type;
  readonly #sync: Buffer;
  readonly #blockBytes: number;
  readonly #parts: Buffer[];
  #block: Buffer;
  #blockEnd = 0;
  #blockRecords = 0;
  #bytes: number;

  /**
   * @param schema the complete schema of `type`: avsc itself drops logical types and docs.
   * @param sync 16 bytes that separate the blocks.
   * @param blockBytes uncompressed size at which a block is full; a reader holds one block at a time.
   */
  constructor(type: avro.Type, schema: object, sync: Buffer, blockBytes = 65_536) {
    this.#type = type;
    this.#sync = sync;
    this.#blockBytes = blockBytes;
    this.#block = Buffer.allocUnsafeSlow(blockBytes * 2);
    const meta = { 'avro.schema': Buffer.from(JSON.stringify(schema)), 'avro.codec': Buffer.from(CODEC) };
    const header = HEADER.toBuffer({ magic: MAGIC, meta, sync });
    this.#parts = [header];
    this.#bytes = header.length;
  }

  /** Size so far, with the current block uncompressed. */
  get bytes(): number {
    return this.#bytes + this.#blockEnd;
  }

  /** True when {@link flush} is due. */
  get blockIsFull(): boolean {
    return this.#blockEnd >= this.#blockBytes;
  }

  append(record: unknown): void {
    let end = this.#type.encode(record, this.#block, this.#blockEnd);
    if (end < 0) {
      // A negative result is the number of missing bytes.
      const larger = Buffer.allocUnsafeSlow(this.#block.length * 2 - end);
      this.#block.copy(larger, 0, 0, this.#blockEnd);
      this.#block = larger;
      end = this.#type.encode(record, this.#block, this.#blockEnd);
    }
    this.#blockEnd = end;
    this.#blockRecords += 1;
  }

  /** Compresses the current block; nothing may be appended meanwhile. */
  async flush(): Promise<void> {
    if (this.#blockRecords === 0) return;
    const data = await compress(this.#block.subarray(0, this.#blockEnd));
    const lengths = Buffer.concat([LONG.toBuffer(this.#blockRecords), LONG.toBuffer(data.length)]);
    this.#parts.push(lengths, data, this.#sync);
    this.#bytes += lengths.length + data.length + SYNC_BYTES;
    this.#blockEnd = 0;
    this.#blockRecords = 0;
  }

  /** The whole file. May be called again. */
  async finish(): Promise<Buffer> {
    await this.flush();
    return Buffer.concat(this.#parts);
  }
}

/** The bytes are not a container of `type`, or are damaged. */
export class BadContainer extends Error {
  override readonly name = 'BadContainer';
}

/**
 * The records of a container, block by block, read as `type`. Throws {@link BadContainer}.
 */
export async function* readContainer<T>(file: Buffer, type: avro.Type): AsyncGenerator<readonly T[]> {
  const head = HEADER.decode(file);
  const { magic, meta, sync } = (head.value ?? {}) as { magic: Buffer; meta: Record<string, Buffer>; sync: Buffer };
  if (head.offset < 0 || !MAGIC.equals(magic)) throw new BadContainer('the file is not an Avro object container');
  const codec = meta['avro.codec']?.toString() ?? 'null';
  if (codec !== CODEC && codec !== 'null') throw new BadContainer(`the codec ${codec} is not supported`);
  const written = typeOfSchema(JSON.parse(meta['avro.schema']?.toString() ?? 'null'));
  const resolver = written.equals(type) ? undefined : type.createResolver(written);

  let offset = head.offset;
  const readLong = (): number => {
    const { value, offset: next } = LONG.decode(file.subarray(0, offset + MAX_LONG_BYTES), offset);
    if (next < 0) throw new BadContainer(`the file ends at byte ${offset}, in the middle of a block`);
    offset = next;
    return value as number;
  };
  while (offset < file.length) {
    const count = readLong();
    const end = readLong() + offset;
    if (end + SYNC_BYTES > file.length || !sync.equals(file.subarray(end, end + SYNC_BYTES))) {
      throw new BadContainer(`the block at byte ${offset} is damaged`);
    }
    const data = codec === CODEC ? await decompress(file.subarray(offset, end)) : file.subarray(offset, end);
    offset = end + SYNC_BYTES;
    yield decodeRecords<T>(data, count, type, resolver);
  }
}

function decodeRecords<T>(data: Buffer, count: number, type: avro.Type, resolver: avro.Resolver | undefined): T[] {
  const records: T[] = [];
  let at = 0;
  for (let index = 0; index < count; index += 1) {
    const { value, offset } = type.decode(data, at, resolver);
    if (offset < 0) throw new BadContainer('a block ends in the middle of a record');
    records.push(value as T);
    at = offset;
  }
  return records;
}
