import {
  CopyObjectCommand,
  HeadObjectCommand,
  type S3Client,
  UploadPartCopyCommand,
  type UploadPartCopyCommandOutput,
} from '@aws-sdk/client-s3';
import { explain, httpStatusOf } from '../../sinks/archive/store-error.ts';
import type { Multiparts, WrittenPart } from '../multiparts.ts';
import type { ObjectAddress } from '../object-address.ts';

/** An object that can be copied, or a copy. */
export interface SourceObject extends ObjectAddress {
  readonly sizeBytes: number;
  readonly etag: string;
  /** The mark that {@link ObjectCopier.copy} gave it; undefined for any other object. */
  readonly mark: string | undefined;
}

/**
 * Copies objects within the store: no byte passes through this process. Calls throw `StoreUnavailable`, which is `StoreRefused` if the
 * fault is with the one object, and `DatabaseUnavailable`.
 */
export interface ObjectCopier {
  /** Undefined if there is no such object. */
  look(object: ObjectAddress): Promise<SourceObject | undefined>;
  /** Replaces `to`, whole or not at all. @param mark short text in ASCII, by which the copy is recognised. */
  copy(from: SourceObject, to: ObjectAddress, mark: string): Promise<void>;
}

const MARK = 'thunderline-artifact';
/**
 * A larger object is copied in parts of this size, each within the time of one request; S3 requires that above 5 GiB.
 */
const PART_BYTES = 256 * 1_048_576;

/**
 * @param timeoutMs limit of one request, its repetitions included.
 * @param partBytes size of the parts of a large object.
 */
export function createObjectCopier(
  client: S3Client,
  timeoutMs: number,
  multiparts: Multiparts,
  partBytes = PART_BYTES,
): ObjectCopier {
  const limit = () => ({ abortSignal: AbortSignal.timeout(timeoutMs) });
  const place = ({ bucket, key }: ObjectAddress) => ({ Bucket: bucket, Key: key });

  async function copyWhole(from: SourceObject, to: ObjectAddress, mark: string): Promise<void> {
    const Metadata = { [MARK]: mark };
    const about = { CopySource: sourceOf(from), MetadataDirective: 'REPLACE', Metadata } as const;
    const copying = client.send(new CopyObjectCommand({ ...place(to), ...about }), limit());
    await explain(`copy ${from.key} to ${to.key}`, copying);
  }

  async function copyInParts(from: SourceObject, to: ObjectAddress, mark: string): Promise<void> {
    const multipart = await multiparts.begin(to, { Metadata: { [MARK]: mark } });
    const parts: WrittenPart[] = [];
    try {
      for (let start = 0; start < from.sizeBytes; start += partBytes) {
        const range = `bytes=${start}-${Math.min(start + partBytes, from.sizeBytes) - 1}`;
        const part = { PartNumber: parts.length + 1, CopySource: sourceOf(from), CopySourceRange: range };
        // A source that is replaced in the middle would make a mixture of both.
        const command = new UploadPartCopyCommand({
          ...multipart.target,
          ...part,
          CopySourceIfMatch: from.etag,
        });
        const copying: Promise<UploadPartCopyCommandOutput> = client.send(command, limit());
        const { CopyPartResult } = await explain(`copy part ${part.PartNumber} of ${from.key} to ${to.key}`, copying);
        parts.push({ PartNumber: part.PartNumber, ETag: CopyPartResult?.ETag });
      }
      await multipart.complete(parts);
    } catch (error) {
      await multipart.abort().catch(() => undefined);
      throw error;
    }
  }

  return {
    look(object) {
      const asked = client.send(new HeadObjectCommand(place(object)), limit()).then(
        ({ ContentLength = 0, ETag = '', Metadata }): SourceObject => ({
          ...object,
          sizeBytes: ContentLength,
          etag: ETag,
          mark: Metadata?.[MARK],
        }),
        (error: unknown) => {
          if (httpStatusOf(error) === 404) return undefined;
          throw error;
        },
      );
      return explain(`look up ${object.key}`, asked);
    },

    copy: (from, to, mark) => (from.sizeBytes > partBytes ? copyInParts(from, to, mark) : copyWhole(from, to, mark)),
  };
}

/** The header is a part of a URL: the key is encoded, and its slashes are kept. */
const sourceOf = ({ bucket, key }: ObjectAddress): string =>
  `${bucket}/${key.split('/').map(encodeURIComponent).join('/')}`;
