import { createHash } from 'node:crypto';

/** The columns of some rows of a file. */
export interface FileColumns {
  readonly model_run_id: string[];
  /** Null for a point of a whole run. */
  readonly trial_id: (string | null)[];
  readonly name: string[];
  readonly step: bigint[];
  readonly value: number[];
  /** Epoch microseconds. */
  readonly recorded_at: bigint[];
  readonly attempt: number[];
  /** 16 bytes each. */
  readonly event_id: Uint8Array[];
  readonly trial_key: number[];
}

export const noPoints = (): FileColumns => ({
  model_run_id: [],
  trial_id: [],
  name: [],
  step: [],
  value: [],
  recorded_at: [],
  attempt: [],
  event_id: [],
  trial_key: [],
});

const UUID_BYTES = 16;
const ROW_BYTES = 8 + 8 + 8 + 4 + 4 + UUID_BYTES;
/** The bits of NaN, of which there are many: all count as one value. */
const NAN_BITS = 0x7ff8_0000_0000_0000n;

/** The content of rows as a hash, in their order and in groups. Doubles count by their bits. */
export class RowDigest {
  #state = '';

  /** Adds a group of rows. */
  add({ model_run_id, trial_id, name, step, value, recorded_at, attempt, event_id, trial_key }: FileColumns): void {
    const bytes = Buffer.alloc(step.length * ROW_BYTES);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const series: string[] = [];
    for (let row = 0, at = 0; row < step.length; row += 1, at += ROW_BYTES) {
      const number = value[row] as number;
      view.setBigInt64(at, step[row] as bigint);
      if (Number.isNaN(number)) view.setBigUint64(at + 8, NAN_BITS);
      else view.setFloat64(at + 8, number);
      view.setBigInt64(at + 16, recorded_at[row] as bigint);
      view.setInt32(at + 24, attempt[row] as number);
      view.setInt32(at + 28, trial_key[row] as number);
      bytes.set(event_id[row] as Uint8Array, at + 32);
      const isNext =
        row === 0 ||
        name[row] !== name[row - 1] ||
        trial_id[row] !== trial_id[row - 1] ||
        model_run_id[row] !== model_run_id[row - 1];
      // Postgres has no text with a NUL, so the line of a series is that of no other.
      if (isNext) series.push(`${row}\0${model_run_id[row]}\0${trialText(trial_id[row])}\0${name[row]}`);
    }
    this.#state = createHash('sha256')
      .update(`${this.#state}\n${series.join('\n')}\n`)
      .update(bytes)
      .digest('hex');
  }

  text(): string {
    return this.#state;
  }
}

const trialText = (trialId: string | null | undefined): string => (trialId == null ? '' : `=${trialId}`);
