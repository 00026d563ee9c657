const POLYNOMIAL = 0x82f63b78;

/** Sixteen consecutive tables, for sixteen bytes at a time ("slicing by 8", Intel 2006, doubled). */
function makeTables(): Int32Array {
  const tables = new Int32Array(16 * 256);
  for (let byte = 0; byte < 256; byte += 1) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
    tables[byte] = crc;
  }
  for (let at = 256; at < tables.length; at += 1) {
    const crc = tables[at - 256] ?? 0;
    tables[at] = (tables[crc & 0xff] ?? 0) ^ (crc >>> 8);
  }
  return tables;
}

const TABLES = makeTables();
/** Words are read in the byte order of this processor; the tables need the lowest byte first. */
const LOWEST_BYTE_FIRST = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;

/** The contribution of a word to the checksum when the bytes after it in its block fill `tables` tables. */
const ofWord = (word: number, tables: number): number =>
  (TABLES[tables * 256 + 768 + (word & 0xff)] as number) ^
  (TABLES[tables * 256 + 512 + ((word >>> 8) & 0xff)] as number) ^
  (TABLES[tables * 256 + 256 + ((word >>> 16) & 0xff)] as number) ^
  (TABLES[tables * 256 + (word >>> 24)] as number);

/** Continues a checksum with single bytes. */
function ofBytes(started: number, bytes: Uint8Array, start: number, end: number): number {
  let crc = started;
  for (let at = start; at < end; at += 1) crc = (TABLES[(crc ^ (bytes[at] as number)) & 0xff] as number) ^ (crc >>> 8);
  return crc;
}

/** CRC-32C (Castagnoli) of `bytes` from `start` to `end`, as an unsigned integer: the checksum of record batches. */
export function crc32c(bytes: Uint8Array, start: number, end: number): number {
  // Words can only be read at aligned addresses.
  const aligned = start + (-(bytes.byteOffset + start) & 3);
  const blocks = LOWEST_BYTE_FIRST ? Math.max(0, (end - aligned) >> 4) : 0;
  if (blocks === 0) return ~ofBytes(-1, bytes, start, end) >>> 0;
  let crc = ofBytes(-1, bytes, start, aligned);
  const words = new Int32Array(bytes.buffer, bytes.byteOffset + aligned, blocks * 4);
  for (let at = 0; at < words.length; at += 4) {
    crc =
      ofWord(crc ^ (words[at] as number), 12) ^
      ofWord(words[at + 1] as number, 8) ^
      ofWord(words[at + 2] as number, 4) ^
      ofWord(words[at + 3] as number, 0);
  }
  return ~ofBytes(crc, bytes, aligned + blocks * 16, end) >>> 0;
}
