import { readdirSync, readFileSync } from 'node:fs';
import { eventually } from '../../support/eventually.ts';

/** The id of every live process that has this text among its arguments; zombies have no arguments. */
export function processesWith(tag: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => argumentsOf(name).includes(tag))
    .map(Number)
    .sort((a, b) => a - b);
}

function argumentsOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1');
  } catch {
    return '';
  }
}

/** Resolves when no process has this text among its arguments. */
export const noneLeft = (tag: string): Promise<void> => eventually(() => processesWith(tag).length === 0);
