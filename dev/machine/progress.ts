import type { WriteStream } from 'node:tty';
import { printable } from '../../src/printable.ts';

/** The display of the parts while they start and stop. */
export interface Progress {
  /** Shows the current activity of a part; with `done`, it is the last one. */
  report(part: string, doing: string, done?: boolean): void;
  /** Shows a line that belongs to no part, or must stay visible, such as a port that moved. */
  note(text: string): void;
  /** Ends the display; its last state stays visible. */
  end(): void;
}

export const SILENT: Progress = { report() {}, note() {}, end() {} };

/** Formats a duration: `3.4 s`. */
export function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}

/** A block of lines that is redrawn on a terminal; in a log or a pipe, one line for each change. */
export function createProgress(out: NodeJS.WriteStream, now: () => number = Date.now): Progress {
  return out.isTTY ? liveProgress(out as WriteStream, now) : plainProgress(out, now);
}

function plainProgress(out: NodeJS.WriteStream, now: () => number): Progress {
  const started = now();
  const stamp = (): string => seconds(now() - started).padStart(8);
  return {
    report: (part, doing) => void out.write(`${stamp()}  ${part.padEnd(9)} ${printable(doing)}\n`),
    note: (text) => void out.write(`${stamp()}  ${printable(text)}\n`),
    end() {},
  };
}

const REDRAW_MS = 100;

function liveProgress(out: WriteStream, now: () => number): Progress {
  const rows = new Map<string, { doing: string; since: number; done: boolean }>();
  let drawn = 0;
  const line = (part: string, row: { doing: string; since: number; done: boolean }): string => {
    const text = `  ${part.padEnd(9)} ${row.doing}${row.done ? '' : ` ... ${seconds(now() - row.since)}`}`;
    return text.slice(0, Math.max(20, (out.columns || 80) - 1));
  };
  const erase = (): void => void (drawn > 0 && out.write(`\x1b[${drawn}A\x1b[0J`));
  const draw = (): void => {
    erase();
    for (const [part, row] of rows) out.write(`${line(part, row)}\n`);
    drawn = rows.size;
  };
  const timer = setInterval(draw, REDRAW_MS);
  timer.unref();
  return {
    report(part, doing, done = false) {
      rows.set(part, { doing: printable(doing), since: now(), done });
      draw();
    },
    note(text) {
      erase();
      drawn = 0;
      out.write(`${printable(text)}\n`);
      draw();
    },
    end() {
      clearInterval(timer);
      draw();
      rows.clear();
      drawn = 0;
    },
  };
}
