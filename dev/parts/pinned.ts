import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The text of a file beside this one; its content is what a part's folder is named after. */
export function pinned(file: string): string {
  return readFileSync(join(import.meta.dirname, file), 'utf8');
}
