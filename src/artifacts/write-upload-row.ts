import type pg from 'pg';
import type { ArtifactStored } from '../avro/records.ts';
import { storedArtifact } from '../events/artifact.ts';
import { writeArtifacts } from '../store/tables/artifacts.ts';
import type { ReplacedArtifacts } from '../store/tables/replaced-artifacts.ts';

/**
 * Writes the row of an upload, and marks the earlier uploads of its name, whose objects are then removed. The role postgres
 * writes the same row a moment later; this makes the next list complete. May be repeated.
 */
export type WriteUploadRow = (record: ArtifactStored) => Promise<void>;

/** @param keepReplacedMs how long the objects of replaced uploads stay. */
export const createWriteUploadRow =
  (pool: pg.Pool, replaced: Pick<ReplacedArtifacts, 'mark'>, keepReplacedMs: number): WriteUploadRow =>
  async (record) => {
    const { model_run_id, trial_id, name } = record;
    await writeArtifacts(pool, [storedArtifact(record)]);
    if (name !== null) await replaced.mark(model_run_id, trial_id, name, keepReplacedMs);
  };
