import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { explain, httpStatusOf } from '../sinks/archive/store-error.ts';
import type { MultipartUpload, MultipartUploads } from '../store/tables/multipart-uploads.ts';
import type { ObjectAddress } from './object-address.ts';

/** A part that the store has taken. */
export interface WrittenPart {
  readonly PartNumber: number;
  readonly ETag: string | undefined;
}

/** An object that is written in parts, and does not exist before {@link complete}. */
export interface Multipart {
  /** Where the commands of the AWS SDK write its parts. */
  readonly target: { readonly Bucket: string; readonly Key: string; readonly UploadId: string };
  complete(parts: readonly WrittenPart[]): Promise<void>;
  /** Removes the parts. */
  abort(): Promise<void>;
}

/** The headers of a new object. */
export interface ObjectHeaders {
  readonly ContentType?: string;
  readonly Metadata?: Readonly<Record<string, string>>;
}

/** Uploads in parts. Calls throw `StoreUnavailable`, and `DatabaseUnavailable` at the start of one. */
export interface Multiparts {
  begin(object: ObjectAddress, headers: ObjectHeaders): Promise<Multipart>;
  /** Removes the parts of an upload whose process has ended. */
  abort(upload: MultipartUpload): Promise<void>;
}

export interface MultipartsSettings {
  /** Limit of one request, its repetitions included. */
  readonly timeoutMs: number;
  /** Until then each upload is complete or aborted, unless its process was killed. */
  readonly abortAfterMs: number;
  readonly uploads: Pick<MultipartUploads, 'add' | 'remove'>;
}

/** Each upload is noted before its first part, so that the parts are removed even if this process is killed. */
export function createMultiparts(
  client: S3Client,
  { timeoutMs, abortAfterMs, uploads }: MultipartsSettings,
): Multiparts {
  const limit = () => ({ abortSignal: AbortSignal.timeout(timeoutMs) });

  async function abort({ upload_id, bucket, key }: MultipartUpload): Promise<void> {
    const command = new AbortMultipartUploadCommand({ Bucket: bucket, Key: key, UploadId: upload_id });
    await explain(`abort the upload of ${key}`, client.send(command, limit()).catch(unlessAbsent));
    await forget(upload_id);
  }

  /** An ended upload whose note stays is aborted once more, which changes nothing. */
  const forget = (uploadId: string): Promise<void> => uploads.remove(uploadId).catch(() => undefined);

  return {
    abort,

    async begin({ bucket, key }, headers) {
      const target = { Bucket: bucket, Key: key };
      const command = new CreateMultipartUploadCommand({ ...target, ...headers });
      const { UploadId = '' } = await explain(`begin ${key}`, client.send(command, limit()));
      const upload = { upload_id: UploadId, bucket, key };
      try {
        await uploads.add(upload, abortAfterMs);
      } catch (error) {
        await abort(upload).catch(() => undefined);
        throw error;
      }
      return {
        target: { ...target, UploadId },
        async complete(parts) {
          const MultipartUpload = { Parts: [...parts] };
          const whole = new CompleteMultipartUploadCommand({ ...target, UploadId, MultipartUpload });
          await explain(`complete ${key}`, client.send(whole, limit()));
          await forget(UploadId);
        },
        abort: () => abort(upload),
      };
    },
  };
}

function unlessAbsent(error: unknown): void {
  if (httpStatusOf(error) !== 404) throw error;
}
