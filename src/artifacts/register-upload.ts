import type pg from 'pg';
import type { ArtifactStored } from '../avro/records.ts';
import { storedArtifact } from '../events/artifact.ts';
import type { Log } from '../log.ts';
import type { Trace } from '../producers/event-producer.ts';
import { writeArtifacts } from '../store/tables/artifacts.ts';
import type { PendingUploads } from '../store/tables/pending-uploads.ts';
import type { ReplacedArtifacts } from '../store/tables/replaced-artifacts.ts';
import type { PublishArtifacts } from './publish-artifacts.ts';

export interface RegisterParts {
  readonly pool: pg.Pool;
  readonly pending: PendingUploads;
  readonly replaced: ReplacedArtifacts;
  readonly publish: PublishArtifacts;
  readonly keepReplacedMs: number;
  readonly log: Log;
}

/**
 * Makes the object of an upload and reports it in the log. A row for the upload is stored first, so that the record is
 * written even if the process ends in between or Kafka is unavailable: `settlePending` writes it later. Rejects if the
 * row or the object cannot be written.
 */
export type RegisterUpload = (record: ArtifactStored, complete: () => Promise<void>, trace: Trace) => Promise<void>;

export function createRegisterUpload(parts: RegisterParts): RegisterUpload {
  const { pool, pending, replaced, publish, keepReplacedMs, log } = parts;

  /** The role postgres does the same a moment later; this makes the next list complete. */
  async function writeRow(record: ArtifactStored): Promise<void> {
    const { model_run_id, trial_id, name } = record;
    await writeArtifacts(pool, [storedArtifact(record)]);
    if (name !== null) await replaced.mark(model_run_id, trial_id, name, keepReplacedMs);
  }

  return async function registerUpload(record, complete, trace) {
    await pending.add(record);
    await complete();
    try {
      await publish([record], trace);
      await pending.remove(record.event_id);
    } catch (cause) {
      log.warn(
        { cause, uri: record.uri },
        'the record of an upload waits: it is written once Kafka and Postgres respond',
      );
    }
    await writeRow(record).catch((cause: unknown) => {
      log.debug({ cause, uri: record.uri }, 'the row of an upload is left to the role postgres');
    });
  };
}
