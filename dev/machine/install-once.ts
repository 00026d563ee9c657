import { createHash, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

const ABANDONED_AFTER_MS = 60 * 60 * 1000;

/** A folder name that changes with the pins, as in `kafka-4.3.0-1a2b3c4d`, so that an upgrade is a new folder. */
export function folderOf(name: string, ...pins: readonly string[]): string {
  return `${name}-${createHash('sha256').update(pins.join('\n')).digest('hex').slice(0, 8)}`;
}

/**
 * Fills a temporary folder and renames it to `directory`, unless that exists. Two processes may do so at once: the
 * first to finish wins, and the copy of the other is deleted.
 */
export async function installOnce(directory: string, fill: (temporary: string) => Promise<void>): Promise<void> {
  if (existsSync(directory)) return;
  const parent = dirname(directory);
  mkdirSync(parent, { recursive: true });
  removeAbandoned(parent, basename(directory));
  const temporary = `${directory}.${randomUUID().slice(0, 8)}.partial`;
  mkdirSync(temporary);
  try {
    await fill(temporary);
    renameSync(temporary, directory);
  } catch (error) {
    if (!existsSync(directory)) throw error;
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

/** Removes the folders of killed installations. A recent folder may belong to an installation in another process. */
function removeAbandoned(parent: string, name: string): void {
  for (const entry of readdirSync(parent)) {
    if (!entry.startsWith(`${name}.`) || !entry.endsWith('.partial')) continue;
    const path = join(parent, entry);
    if (Date.now() - statSync(path).mtimeMs > ABANDONED_AFTER_MS) rmSync(path, { recursive: true, force: true });
  }
}
