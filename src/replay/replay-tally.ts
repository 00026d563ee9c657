import type { Rejected } from '../runtime/stage.ts';

/** Rejected records that are shown in full. */
const SHOWN = 20;

/** Counts of the records that a replay has handled so far. */
export class ReplayTally {
  /** Records written to the sinks, by event or record name. */
  readonly taken = new Map<string, number>();
  /** Records that could not be decoded, or that the router or a sink rejected, by error code. */
  readonly rejected = new Map<string, number>();
  /** The first rejected records, one line each. */
  readonly examples: string[] = [];
  /** Records outside the selection, or that no sink reads. */
  leftOut = 0;

  take(name: string): void {
    this.taken.set(name, (this.taken.get(name) ?? 0) + 1);
  }

  reject({ record, code, message }: Rejected): void {
    this.rejected.set(code, (this.rejected.get(code) ?? 0) + 1);
    if (this.examples.length < SHOWN) {
      this.examples.push(`${record.topic}/${record.partition}@${record.offset}  ${code}  ${message}`);
    }
  }
}
