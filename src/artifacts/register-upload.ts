import type { ArtifactStored } from '../avro/records.ts';
import type { Log } from '../log.ts';
import type { Trace } from '../producers/event-producer.ts';
import type { PendingUploads } from '../store/tables/pending-uploads.ts';
import type { PublishArtifacts } from './publish-artifacts.ts';
import type { WriteUploadRow } from './write-upload-row.ts';

export interface RegisterParts {
  readonly pending: PendingUploads;
  readonly publish: PublishArtifacts;
  readonly writeRow: WriteUploadRow;
  readonly log: Log;
}

/**
 * Makes the object of an upload and reports it in the log. A note of the upload is stored first, and stays until its record
 * and its row are written, so that `settlePending` writes them later if the process ends in between, or Kafka or Postgres is
 * unavailable. Rejects if the note or the object cannot be written.
 */
export type RegisterUpload = (record: ArtifactStored, complete: () => Promise<void>, trace: Trace) => Promise<void>;

export function createRegisterUpload({ pending, publish, writeRow, log }: RegisterParts): RegisterUpload {
  return async function registerUpload(record, complete, trace) {
    const { event_id, uri } = record;
    await pending.add(record);
    await complete();
    const isPublished = await publish([record], trace).then(
      () => true,
      (cause: unknown) => {
        log.warn({ cause, uri }, 'the record of an upload waits: it is written once Kafka responds');
        return false;
      },
    );
    // Without its record as well: the list of artifacts has it then.
    const isStored = await writeRow(record).then(
      () => true,
      (cause: unknown) => {
        log.debug({ cause, uri }, 'the row of an upload waits: it is written once Postgres responds');
        return false;
      },
    );
    if (!isPublished || !isStored) return;
    await pending.remove(event_id).catch((cause: unknown) => {
      log.debug({ cause, uri }, 'the note of an upload stays, and its record is written once more');
    });
  };
}
