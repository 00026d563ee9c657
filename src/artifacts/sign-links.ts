import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { explain } from '../sinks/archive/store-error.ts';
import type { ObjectAddress } from './object-address.ts';

/** A link that opens one object without a key until it expires. */
export interface Link {
  readonly url: string;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
}

/**
 * Signs the link of an object, without a request to the store. Throws `StoreUnavailable` where no credentials are found.
 *
 * @param fileName the name under which a browser saves it.
 */
export type SignLink = (object: ObjectAddress, fileName: string) => Promise<Link>;

/** @param client has the address at which the readers of links reach the store: the signature covers its host. */
export function createSignLink(client: S3Client, seconds: number): SignLink {
  return async ({ bucket, key }, fileName) => {
    const command = new GetObjectCommand({
      Bucket: bucket,
      Key: key,
      ResponseContentDisposition: attachment(fileName),
    });
    const signedAt = Date.now();
    const signing = getSignedUrl(client, command, { expiresIn: seconds, signingDate: new Date(signedAt) });
    const url = await explain(`sign a link to ${key}`, signing);
    return { url, expiresAt: signedAt + seconds * 1_000 };
  };
}

/**
 * Makes a browser save the content instead of showing it: an artifact may be a page with a script. The name is written twice
 * (RFC 6266), plain for old readers and in UTF-8.
 */
function attachment(fileName: string): string {
  const plain = fileName.replaceAll(/[^A-Za-z0-9 ._-]/g, '_');
  const exact = encodeURIComponent(fileName).replaceAll(/['()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16)}`);
  return `attachment; filename="${plain}"; filename*=UTF-8''${exact}`;
}
