import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The text of a file beside this one. The folder name of a part contains its hash. */
export function pinned(file: string): string {
  return readFileSync(join(import.meta.dirname, file), 'utf8');
}
