const NEWLINE = 0x0a;

/** Cuts a stream of bytes into lines. */
export interface LineReader {
  /** Adds bytes; calls back for each line that they complete. Throws {@link LineTooLong}. */
  readonly add: (chunk: Buffer) => void;
}

/** A line is longer than its bound. */
export class LineTooLong extends Error {
  override readonly name = 'LineTooLong';
}

/** @param onLine gets each line without its line end. */
export function createLineReader(maxBytes: number, onLine: (line: Buffer) => void): LineReader {
  let pending: Buffer[] = [];
  let pendingBytes = 0;
  return {
    add(chunk) {
      let from = 0;
      for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, from)) {
        const end = chunk.subarray(from, at);
        from = at + 1;
        if (pendingBytes + end.length > maxBytes) throw new LineTooLong(`a line has more than ${maxBytes} bytes`);
        const line = pending.length === 0 ? end : Buffer.concat([...pending, end]);
        pending = [];
        pendingBytes = 0;
        onLine(line);
      }
      const rest = chunk.subarray(from);
      if (rest.length === 0) return;
      pending.push(rest);
      pendingBytes += rest.length;
      if (pendingBytes > maxBytes) throw new LineTooLong(`a line has more than ${maxBytes} bytes`);
    },
  };
}
