import type { Rejected } from '../runtime/stage.ts';

/** How many rejected records are shown in full. */
const SHOWN = 20;

/** What a replay has met so far. */
export class Tally {
  /** Records handed to the sinks, by event or record name. */
  readonly taken = new Map<string, number>();
  /** Records that could not be decoded or that a sink refused, by error code. */
  readonly rejected = new Map<string, number>();
  /** The first of them, one line each. */
  readonly examples: string[] = [];
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
