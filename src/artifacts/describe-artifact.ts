import { StoreUnavailable } from '../sinks/archive/store-error.ts';
import type { TrialArtifact } from '../store/queries/trial-artifacts.ts';
import type { ArtifactStore } from './artifact-store.ts';
import type { LinkVerdict } from './link-verdict.ts';
import type { ObjectAddress } from './object-address.ts';
import type { Link, SignLink } from './sign-links.ts';

/** An artifact as the API lists it. */
export interface ArtifactDescription {
  readonly name: string;
  readonly type: string;
  readonly uri: string;
  readonly size_bytes: number | null;
  readonly sha256: string | null;
  readonly content_type: string | null;
  readonly stored_at: Date | null;
  readonly metadata: unknown;
  /** Opens the object without a key, until it expires. */
  readonly link: string | null;
  readonly link_expires_at: Date | null;
  /** The reason if there is no link. */
  readonly no_link_because: string | null;
}

export interface DescribeParts {
  readonly store: Pick<ArtifactStore, 'state'>;
  readonly sign: SignLink;
  readonly verdict: (uri: string) => LinkVerdict;
}

/** Describes an artifact, with its size and a link if its address leads to an object that the caller may read. */
export async function describeArtifact(
  artifact: TrialArtifact,
  { store, sign, verdict }: DescribeParts,
): Promise<ArtifactDescription> {
  const { type, uri, metadata, sha256, content_type, stored_at } = artifact;
  const name = artifact.name ?? lastPart(uri);
  const { sizeBytes, contentType, link } = await look();
  return {
    name,
    type,
    uri,
    size_bytes: sizeBytes ?? artifact.size_bytes,
    sha256,
    content_type: content_type ?? contentType ?? null,
    stored_at,
    metadata,
    link: typeof link === 'string' ? null : link.url,
    link_expires_at: typeof link === 'string' ? null : new Date(link.expiresAt),
    no_link_because: typeof link === 'string' ? link : null,
  };

  async function look(): Promise<Look> {
    const object = verdict(uri);
    if (typeof object === 'string') return { link: object };
    const state = await store.state(object).catch(unlessUnavailable);
    // The store may still respond to the reader, or respond a moment later.
    if (state === undefined) return { link: await linkTo(object) };
    if (state.kind === 'absent') return { link: 'the object store has no such object' };
    if (state.kind === 'denied') return { link: 'the object store refuses the credentials of Thunderline' };
    const { sizeBytes, contentType } = state;
    return { sizeBytes, contentType, link: await linkTo(object) };
  }

  async function linkTo(object: ObjectAddress): Promise<Link | string> {
    const link = await sign(object, name).catch(unlessUnavailable);
    return link ?? 'Thunderline has no credentials for the object store';
  }
}

interface Look {
  readonly sizeBytes?: number;
  readonly contentType?: string | undefined;
  readonly link: Link | string;
}

function unlessUnavailable(error: unknown): undefined {
  if (!(error instanceof StoreUnavailable)) throw error;
}

const lastPart = (uri: string): string => uri.split('/').findLast((part) => part !== '') ?? uri;
