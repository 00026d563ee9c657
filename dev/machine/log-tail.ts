import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { printable } from '../../src/printable.ts';

const TAIL_BYTES = 16 * 1024;

/** The last `lines` lines of a log file, indented for an error message, or a note that the file is empty. */
export function logTail(path: string, lines = 15): string {
  let text = '';
  try {
    const file = openSync(path, 'r');
    try {
      const { size } = fstatSync(file);
      const buffer = Buffer.alloc(Math.min(size, TAIL_BYTES));
      readSync(file, buffer, 0, buffer.length, size - buffer.length);
      text = buffer.toString('utf8').trimEnd();
    } finally {
      closeSync(file);
    }
  } catch (error) {
    return `    (${path} cannot be read: ${(error as Error).message})`;
  }
  if (text === '') return `    (${path} is empty)`;
  return text
    .split('\n')
    .slice(-lines)
    .map((line) => `    ${printable(line)}`)
    .join('\n');
}
