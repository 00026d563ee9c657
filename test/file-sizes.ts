import type { SourceFile } from './source-files.ts';

const MAX_LINES = 250;
const MAX_MEDIAN = 80;
const GENERATED: ReadonlySet<string> = new Set(['src/avro/records.ts']);

/** Every hand-written file that is longer than the bound, one line each. */
export const longFiles = (files: readonly Pick<SourceFile, 'path' | 'lines'>[]): string[] =>
  files
    .filter(({ path, lines }) => lines > MAX_LINES && !GENERATED.has(path))
    .map(({ path, lines }) => `${path} has ${lines} lines, more than ${MAX_LINES}: split it by subject`);

/** A line if the files of a folder have grown: half of them must be shorter than the bound. */
export function grownMedian(files: readonly SourceFile[]): string[] {
  const lines = files.map((file) => file.lines).sort((a, b) => a - b);
  const median = lines[Math.floor(lines.length / 2)] ?? 0;
  return median < MAX_MEDIAN ? [] : [`half of the files have ${median} lines or more: one idea is one file`];
}
