import type { UploadedArtifact } from '../store/queries/trial-artifacts.ts';
import type { ArtifactStore } from './artifact-store.ts';
import { readAddress } from './object-address.ts';

/** Identifies a content. */
export interface Content {
  readonly sizeBytes: number;
  /** In hexadecimal digits. */
  readonly sha256: string;
}

/** The upload, if it has this content and its object is there; else undefined. */
export async function findUnchanged(
  upload: UploadedArtifact | undefined,
  { sizeBytes, sha256 }: Content,
  store: Pick<ArtifactStore, 'state'>,
): Promise<UploadedArtifact | undefined> {
  if (upload === undefined || upload.sha256 !== sha256 || upload.size_bytes !== sizeBytes) return undefined;
  const address = readAddress(upload.uri);
  if (typeof address === 'string') return undefined;
  const state = await store.state(address);
  return state.kind === 'there' && state.sizeBytes === sizeBytes ? upload : undefined;
}
