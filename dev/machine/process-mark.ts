import { randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { startTimeOf } from './process-identity.ts';

/** The content of a file that marks something as in use by one process. */
export interface ProcessRecord {
  readonly pid: number;
  /** See `startTimeOf`. */
  readonly startTime: string | undefined;
}

/** Parses a JSON file; undefined when it does not exist or is not JSON, as after a crash of the machine. */
export function readJson<T>(path: string): T | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as T;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Creates `path` with its whole content, or returns false when it exists: no reader ever sees a half-written file. */
export function createWhole(path: string, content: string): boolean {
  mkdirSync(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`;
  writeFileSync(temporary, content, { mode: 0o600 });
  try {
    linkSync(temporary, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(temporary, { force: true });
  }
}

/** The id of the live process that holds the mark at `path`; undefined when no live process does. */
export function markOwner(path: string): number | undefined {
  const record = readJson<ProcessRecord>(path);
  const startTime = record && startTimeOf(record.pid);
  return startTime !== undefined && startTime === record?.startTime ? record?.pid : undefined;
}

/** Result of `placeMark`: the mark is this process's until `remove`, or another live process holds it. */
export type PlacedMark = { readonly remove: () => void } | { readonly owner: number };

/**
 * Marks `path` as in use by this process. The mark of a process that has ended is replaced: its id is free, or belongs
 * to another program by now.
 */
export function placeMark(path: string): PlacedMark {
  const mine = JSON.stringify({ pid: process.pid, startTime: startTimeOf(process.pid) });
  for (let attempt = 0; attempt < 3; attempt++) {
    if (createWhole(path, mine)) return { remove: () => rmSync(path, { force: true }) };
    const owner = markOwner(path);
    if (owner !== undefined) return { owner };
    rmSync(path, { force: true });
  }
  throw new Error(`${path} could not be created: another process keeps creating it.`);
}
