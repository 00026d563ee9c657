import type { Metrics } from '../metrics.ts';
import type { MultipartUploads } from '../store/tables/multipart-uploads.ts';
import type { ReplacedArtifacts } from '../store/tables/replaced-artifacts.ts';
import type { ArtifactStore } from './artifact-store.ts';
import type { Multiparts } from './multiparts.ts';
import { readAddress } from './object-address.ts';
import { oneByOne } from './one-by-one.ts';

const AT_ONCE = 100;
/** An object that the store would not remove is tried again after this time. */
const AGAIN_MS = 3_600_000;

/** Removes the objects of uploads that were replaced long enough ago. */
export async function removeReplaced(
  replaced: ReplacedArtifacts,
  store: Pick<ArtifactStore, 'remove'>,
  metrics: Pick<Metrics, 'artifactRemovals'>,
): Promise<void> {
  await oneByOne(
    allDue(replaced.due),
    async ({ artifact_id, uri }) => {
      const address = readAddress(uri);
      if (typeof address !== 'string') await store.remove(address);
      await replaced.removed(artifact_id);
      metrics.artifactRemovals.inc({ object: 'replaced' });
    },
    ({ artifact_id }) => replaced.postpone(artifact_id, AGAIN_MS),
  );
}

/** Aborts the uploads in parts of Thunderline whose process was killed: nothing else would ever remove their parts. */
export async function abortUnfinished(
  uploads: Pick<MultipartUploads, 'due' | 'postpone'>,
  multiparts: Pick<Multiparts, 'abort'>,
  metrics: Pick<Metrics, 'artifactRemovals'>,
): Promise<void> {
  await oneByOne(
    allDue(uploads.due),
    async (upload) => {
      await multiparts.abort(upload);
      metrics.artifactRemovals.inc({ object: 'unfinished' });
    },
    ({ upload_id }) => uploads.postpone(upload_id, AGAIN_MS),
  );
}

/** Each item must be removed or postponed before the next one is asked for. */
async function* allDue<T>(due: (limit: number) => Promise<readonly T[]>): AsyncGenerator<T> {
  for (let items = await due(AT_ONCE); items.length > 0; items = await due(AT_ONCE)) yield* items;
}
