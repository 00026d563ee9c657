import {
  DeleteObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { explain, httpStatusOf, StoreRefused } from '../sinks/archive/store-error.ts';
import type { Multiparts, WrittenPart } from './multiparts.ts';
import type { ObjectAddress } from './object-address.ts';
import type { UploadPart } from './part-buffer.ts';
import { signedWith } from './signed-with.ts';

/** The answer of the store about an object. */
export type ObjectPresence =
  | { readonly kind: 'there'; readonly sizeBytes: number; readonly contentType: string | undefined }
  | { readonly kind: 'absent' }
  /** The credentials do not reach it. */
  | { readonly kind: 'denied' };

/** An object that is written in parts, and does not exist before {@link complete}. */
export interface PartedObject {
  /** Parts are numbered in the order of the calls. */
  upload(part: UploadPart): Promise<void>;
  complete(): Promise<void>;
  /** Removes the parts. */
  abort(): Promise<void>;
}

/** The objects of the artifacts. Calls throw `StoreUnavailable` when a request fails. */
export interface ArtifactStore {
  state(object: ObjectAddress): Promise<ObjectPresence>;
  /** Writes an object, whole or not at all. */
  put(object: ObjectAddress, part: UploadPart, contentType: string): Promise<void>;
  begin(object: ObjectAddress, contentType: string): Promise<PartedObject>;
  remove(object: ObjectAddress): Promise<void>;
}

/** @param timeoutMs limit of one request, its repetitions included. */
export function createArtifactStore(client: S3Client, timeoutMs: number, multiparts: Multiparts): ArtifactStore {
  const limit = () => ({ abortSignal: AbortSignal.timeout(timeoutMs) });
  const place = ({ bucket, key }: ObjectAddress) => ({ Bucket: bucket, Key: key });

  return {
    async state(object) {
      const asked = explain(`look up ${object.key}`, client.send(new HeadObjectCommand(place(object)), limit()));
      return asked.then(
        ({ ContentLength: sizeBytes = 0, ContentType: contentType }) => ({ kind: 'there', sizeBytes, contentType }),
        (error: Error): ObjectPresence => {
          if (!(error instanceof StoreRefused)) throw error;
          const status = httpStatusOf(error.cause);
          // Without the right to list a bucket, S3 answers 403 for an object that does not exist.
          return { kind: status === 404 || status === 400 ? 'absent' : 'denied' };
        },
      );
    },

    async put(object, { bytes, sha256 }, contentType) {
      const command = new PutObjectCommand({ ...place(object), Body: bytes, ContentType: contentType });
      await explain(`write ${object.key}`, client.send(signedWith(command, sha256), limit()));
    },

    async begin(object, contentType) {
      const multipart = await multiparts.begin(object, { ContentType: contentType });
      const parts: WrittenPart[] = [];
      return {
        async upload({ bytes, sha256 }) {
          const PartNumber = parts.length + 1;
          const part = new UploadPartCommand({ ...multipart.target, PartNumber, Body: bytes });
          const sent = client.send(signedWith(part, sha256), limit());
          const { ETag } = await explain(`write part ${PartNumber} of ${object.key}`, sent);
          parts.push({ PartNumber, ETag });
        },
        complete: () => multipart.complete(parts),
        abort: multipart.abort,
      };
    },

    async remove(object) {
      await explain(`remove ${object.key}`, client.send(new DeleteObjectCommand(place(object)), limit()));
    },
  };
}
