import type { Reservation } from '../http/budget.ts';
import type { ArtifactStore, PartedObject } from './artifact-store.ts';
import type { ObjectAddress } from './object-address.ts';
import { PART_BYTES, PartBuffer } from './part-buffer.ts';
import type { UploadBody } from './upload-body.ts';

/** A body that has arrived, as an object that does not exist yet. */
export interface ReceivedUpload {
  /** Makes the object. */
  complete(): Promise<void>;
  /** Removes what was stored. */
  discard(): Promise<void>;
}

export interface ReceiveParts {
  readonly store: ArtifactStore;
  readonly object: ObjectAddress;
  readonly contentType: string;
  /** Holds the bytes of one buffer already, `bufferBytes`. */
  readonly lease: Reservation;
  readonly bufferBytes: number;
}

/**
 * Reads a body into the store. A body that fits into one part stays in memory until {@link ReceivedUpload.complete}; a
 * larger one is written in parts as it arrives, with two alternating buffers while the budget has room for both.
 * Nothing is stored when the promise rejects.
 */
export async function receiveUpload(body: UploadBody, parts: ReceiveParts): Promise<ReceivedUpload> {
  const { store, object, contentType, lease, bufferBytes } = parts;
  let current = new PartBuffer(bufferBytes);
  /** The buffer whose part is being written, or that is free. */
  let other: PartBuffer | undefined;
  let parted: PartedObject | undefined;
  let writing: Promise<void> = Promise.resolve();
  let rest: Buffer | undefined;

  /** Fills the buffer; false at the end of the body. */
  async function fill(buffer: PartBuffer): Promise<boolean> {
    while (!buffer.isFull) {
      rest = rest?.length ? rest : await body.read();
      if (rest === undefined) return false;
      rest = buffer.fill(rest);
    }
    return true;
  }

  /** Waits for the part in progress, then writes the current buffer; returns when another buffer is free. */
  async function write(target: PartedObject): Promise<void> {
    await writing;
    const full = current;
    writing = target.upload(full.take());
    // A failure is reported where the promise is awaited next.
    writing.catch(() => undefined);
    other ??= secondBuffer(lease);
    if (other === undefined) await writing;
    else [current, other] = [other, full];
  }

  try {
    while (await fill(current)) {
      // A body that is exactly as long as the buffer has ended, too.
      rest = rest?.length ? rest : await body.read();
      if (rest === undefined && parted === undefined) break;
      parted ??= await store.begin(object, contentType);
      await write(parted);
      if (rest === undefined) break;
    }
    if (parted === undefined) {
      const whole = current.take();
      return { complete: () => store.put(object, whole, contentType), discard: async () => undefined };
    }
    if (!current.isEmpty) await write(parted);
    await writing;
    return { complete: parted.complete, discard: parted.abort };
  } catch (error) {
    await writing.catch(() => undefined);
    await parted?.abort().catch(() => undefined);
    throw error;
  }
}

/** Undefined while the budget has no room for it. */
const secondBuffer = (lease: Reservation): PartBuffer | undefined =>
  lease.tryTake(PART_BYTES) ? new PartBuffer(PART_BYTES) : undefined;
