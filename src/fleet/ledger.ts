import { createReadStream, createWriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { finished } from 'node:stream/promises';
import { UsageError } from '../errors.ts';

/** One event and the answer to it: a line of the ledger. */
export interface LedgerEntry {
  readonly event_id: string;
  readonly event: string;
  readonly model_run_id: string;
  readonly trial_id: string;
  /** `accepted`, the code of the rejection, or `unknown` when there was no answer. */
  readonly answer: string;
}

export interface LedgerWriter {
  write(entry: LedgerEntry): void;
  close(): Promise<void>;
}

/** Writes a ledger to `path`, one JSON object a line; without a path it writes nothing. */
export function openLedger(path: string | undefined): LedgerWriter {
  if (path === undefined) return { write: () => undefined, close: () => Promise.resolve() };
  const file = createWriteStream(path);
  return {
    write: (entry) => {
      file.write(`${JSON.stringify(entry)}\n`);
    },
    async close() {
      file.end();
      await finished(file);
    },
  };
}

/** Reads a ledger line by line. Throws {@link UsageError}, which names the first line that is not JSON. */
export async function* readLedger(path: string): AsyncGenerator<LedgerEntry> {
  let number = 0;
  for await (const line of createInterface({ input: createReadStream(path) })) {
    number += 1;
    try {
      yield JSON.parse(line) as LedgerEntry;
    } catch {
      throw new UsageError(`${path}: line ${number} is not JSON; was the simulation killed while it wrote this line?`);
    }
  }
}
