import type { Metrics } from '../../metrics.ts';
import { backoffMs } from '../../runtime/backoff.ts';
import { StoreRefused } from '../../sinks/archive/store-error.ts';
import type { ArtifactCopies, ClaimedCopy } from '../../store/tables/artifact-copies.ts';
import { type ObjectError, oneByOne } from '../one-by-one.ts';
import { type CopyArtifactParts, type CopyOutcome, copyArtifact, isReplaced } from './copy-artifact.ts';

export interface CopyDueParts extends CopyArtifactParts {
  readonly copies: ArtifactCopies;
  readonly metrics: Pick<Metrics, 'artifactCopies'>;
  /** Ends a round early. */
  readonly signal: AbortSignal;
}

const CLAIMED_AT_ONCE = 20;
/** Longer than the copies of one claim take, large objects included. */
const LEASE_MS = 1_800_000;
const WAIT = { firstMs: 5_000, greatestMs: 600_000 };
/** A refusal lasts until the rights, the key or the bucket are changed. */
const REFUSED = { firstMs: 600_000, greatestMs: 21_600_000 };
/** An artifact whose trial has no MLflow run after a week will never have one. */
const GIVE_UP_AFTER_MS = 7 * 86_400_000;

/**
 * Copies every artifact that is due into the MLflow run of its trial, one at a time. When MLflow or the object store is
 * unavailable, the remaining ones wait and the promise rejects.
 */
export async function copyDue(parts: CopyDueParts): Promise<void> {
  const work = async (copy: ClaimedCopy) => settle(copy, await copyArtifact(copy, parts), parts);
  await oneByOne(claimedCopies(parts), work, (copy, error) => fail(copy, error, parts));
}

/**
 * Claims the copies that are due. The claims of copies that were not attempted are released when the generator ends.
 */
async function* claimedCopies({ copies, signal }: CopyDueParts): AsyncGenerator<ClaimedCopy> {
  let left: readonly ClaimedCopy[] = [];
  try {
    for (left = await copies.claim(CLAIMED_AT_ONCE, LEASE_MS); left.length > 0; ) {
      for (let [next] = left; next !== undefined; [next] = left) {
        if (signal.aborted) return;
        left = left.slice(1);
        yield next;
      }
      left = await copies.claim(CLAIMED_AT_ONCE, LEASE_MS);
    }
  } finally {
    await copies.release(left.map(({ artifact_id }) => artifact_id));
  }
}

async function settle(copy: ClaimedCopy, outcome: CopyOutcome, parts: CopyDueParts): Promise<void> {
  const { copies, metrics, currentUpload } = parts;
  const { artifact_id, ageMs } = copy;
  if (outcome.kind === 'copied') {
    await copies.copied(artifact_id, outcome.runId);
    // A later upload of the name may have been copied meanwhile, and this copy has replaced it.
    if (await isReplaced(copy, currentUpload)) await copies.againForName(copy);
  } else if (outcome.kind === 'left_out' || ageMs > GIVE_UP_AFTER_MS) {
    await copies.leaveOut(artifact_id, outcome.reason);
  } else {
    await copies.wait(artifact_id, pauseOf(copy), outcome.reason);
    return;
  }
  metrics.artifactCopies.inc({ result: outcome.kind === 'copied' ? 'copied' : 'left_out' });
}

async function fail(copy: ClaimedCopy, error: ObjectError, { copies, metrics }: CopyDueParts): Promise<void> {
  const { artifact_id, ageMs, failures } = copy;
  const isRefused = error instanceof StoreRefused;
  if (isRefused && ageMs > GIVE_UP_AFTER_MS) {
    await copies.leaveOut(artifact_id, error.message);
    metrics.artifactCopies.inc({ result: 'left_out' });
    return;
  }
  const pauseMs = isRefused ? backoffMs(REFUSED, failures + 1, Math.random()) : pauseOf(copy);
  await copies.fail(artifact_id, pauseMs, error.message);
  metrics.artifactCopies.inc({ result: isRefused ? 'refused' : 'failed' });
}

const pauseOf = ({ attempts }: ClaimedCopy): number => backoffMs(WAIT, attempts, Math.random());
