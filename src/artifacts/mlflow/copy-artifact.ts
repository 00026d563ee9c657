import type { MlflowClient } from '../../mlflow/client.ts';
import type { ClaimedCopy } from '../../store/tables/artifact-copies.ts';
import { type LinkSettings, linkVerdict } from '../link-verdict.ts';
import { MAX_KEY_BYTES, type ObjectAddress } from '../object-address.ts';
import { type CopyPaths, copyPaths } from './copy-paths.ts';
import type { ObjectCopier, SourceObject } from './object-copier.ts';
import { runFolder } from './run-folder.ts';

/** The end of one attempt to copy an artifact. */
export type CopyOutcome =
  | { readonly kind: 'copied'; readonly runId: string }
  /** It may be possible soon. */
  | { readonly kind: 'waits'; readonly reason: string }
  /** Something must change first: a setting, a permission, or the MLflow run. */
  | { readonly kind: 'left_out'; readonly reason: string };

export interface CopyArtifactParts {
  readonly mlflow: Pick<MlflowClient, 'getRun'>;
  readonly copier: ObjectCopier;
  readonly links: LinkSettings;
  /** See `runFolder`. */
  readonly destination: string | undefined;
  /** The id of the upload that counts for a name; undefined if the tables have none yet. */
  readonly currentUpload: (run: string, trial: string, name: string) => Promise<string | undefined>;
}

const waits = (reason: string): CopyOutcome => ({ kind: 'waits', reason });
const leftOut = (reason: string): CopyOutcome => ({ kind: 'left_out', reason });

/**
 * Copies one artifact into the MLflow run of its trial, where MLflow lists and serves whatever is in the folder of the
 * run. Repeating it changes nothing. An object from another writer is never replaced. Throws `MlflowUnavailable`,
 * `StoreUnavailable` and `DatabaseUnavailable`.
 */
export async function copyArtifact(copy: ClaimedCopy, parts: CopyArtifactParts): Promise<CopyOutcome> {
  const { mlflow, copier, links, destination, currentUpload } = parts;
  const { run_id, uri } = copy;
  if (copy.is_deleted) return leftOut('the MLflow run of the trial was deleted');
  if (run_id === null) return waits('the trial has no MLflow run yet');
  const object = linkVerdict(uri, { run: copy.model_run_id, trial: copy.trial_id }, copy.is_bound, links);
  if (typeof object === 'string') return leftOut(object);
  if (await isReplaced(copy, currentUpload)) return leftOut('a later upload has the same name');
  const run = await mlflow.getRun(run_id);
  if (!run.ok) return waits(run.refusal.message);
  if (run.value.lifecycleStage === 'deleted') return leftOut('the MLflow run of the trial was deleted');
  const folder = runFolder(run.value.artifactUri, destination);
  if (typeof folder === 'string') return leftOut(`the artifacts of the MLflow run are elsewhere: ${folder}`);
  if (!isOwn(folder, links, destination)) return leftOut(`the bucket ${folder.bucket} of MLflow is not configured`);
  const source = await copier.look(object);
  if (source === undefined) return waits('the object store has no such object');
  const { mark, paths } = copyPaths(copy, object);
  for (const path of paths) {
    if (await putCopy(source, { bucket: folder.bucket, key: `${folder.key}/${path}` }, mark, copier)) {
      return { kind: 'copied', runId: run_id };
    }
  }
  return leftOut(`the MLflow run has other objects under the names ${paths.join(' and ')}, or they are too long`);
}

/** Whether the tables have a later upload of the same name. */
export async function isReplaced(
  { artifact_id, model_run_id, trial_id, name }: ClaimedCopy,
  currentUpload: CopyArtifactParts['currentUpload'],
): Promise<boolean> {
  if (name === null) return false;
  const current = await currentUpload(model_run_id, trial_id, name);
  return current !== undefined && current !== artifact_id;
}

/** Makes sure that the copy is at `target`; false if another object is there, or none can be. */
async function putCopy(
  source: SourceObject,
  target: ObjectAddress,
  mark: CopyPaths['mark'],
  copier: ObjectCopier,
): Promise<boolean> {
  if (target.bucket === source.bucket && target.key === source.key) return true;
  if (Buffer.byteLength(target.key) > MAX_KEY_BYTES) return false;
  const held = await copier.look(target);
  const isSame = held !== undefined && held.sizeBytes === source.sizeBytes && held.etag === source.etag;
  if (isSame && (held.mark === mark || held.mark === undefined)) return true;
  if (held !== undefined && held.mark !== mark) return false;
  await copier.copy(source, target, mark);
  return true;
}

const isOwn = ({ bucket }: ObjectAddress, links: LinkSettings, destination: string | undefined): boolean =>
  bucket === links.bucket || links.buckets.includes(bucket) || destination?.split('/')[2] === bucket;
