import { promisify } from 'node:util';
import { gunzip, zstdDecompress } from 'node:zlib';
import { unpackLz4 } from './lz4.ts';
import { unpackSnappy } from './snappy.ts';
import { TooLargeUnpacked } from './unpack-limit.ts';

/** Compression codecs of record batches, at their number in the batch's attributes. */
const CODECS = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const;
const CODEC_MASK = 0x07;

type Codec = (typeof CODECS)[number];

const gunzipped = promisify(gunzip);
const unzstd = promisify(zstdDecompress);

const UNPACK: Readonly<Record<Codec, (bytes: Buffer, maxBytes: number) => Buffer | Promise<Buffer>>> = {
  none: (bytes) => bytes,
  gzip: (bytes, maxBytes) => gunzipped(bytes, { maxOutputLength: maxBytes }),
  snappy: unpackSnappy,
  lz4: unpackLz4,
  zstd: (bytes, maxBytes) => unzstd(bytes, { maxOutputLength: maxBytes }),
};

/** The name of the codec in a batch's attributes; of an unknown one, its number. */
export const codecName = (attributes: number): string =>
  CODECS[attributes & CODEC_MASK] ?? `codec ${attributes & CODEC_MASK}`;

export const isCompressed = (attributes: number): boolean => (attributes & CODEC_MASK) !== 0;

/** Decompresses the records of a batch. Throws when it cannot, or when they have more than `maxBytes` bytes. */
export async function unpack(attributes: number, bytes: Buffer, maxBytes: number): Promise<Buffer> {
  const codec = CODECS[attributes & CODEC_MASK];
  if (codec === undefined) throw new Error('this version does not have the codec');
  try {
    return await UNPACK[codec](bytes, maxBytes);
  } catch (error) {
    if ((error as { code?: string }).code === 'ERR_BUFFER_TOO_LARGE') throw new TooLargeUnpacked();
    throw error;
  }
}
