import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Variables } from '../parts/part.ts';
import { STACK_VARIABLE } from './stale-addresses.ts';

/** Quotes a value only when a shell would read it differently. */
function shellValue(value: string): string {
  return /^[\w@%+=:,./-]*$/.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`;
}

/**
 * Writes `env`, the file that connects other programs to the stack (`set -a; . .thunderline/env; set +a`). It appears
 * whole, and only once everything it names is ready. Only its owner may read it, because it contains passwords.
 */
export function writeEnvFile(home: string, variables: Variables): void {
  const path = join(home, 'env');
  const temporary = `${path}.${process.pid}`;
  const lines = Object.entries({ ...variables, [STACK_VARIABLE]: home }).map(
    ([name, value]) => `${name}=${shellValue(value)}\n`,
  );
  // No part has created the folder if all of them run elsewhere.
  mkdirSync(home, { recursive: true });
  writeFileSync(temporary, lines.join(''), { mode: 0o600 });
  renameSync(temporary, path);
}

export function removeEnvFile(home: string): void {
  rmSync(join(home, 'env'), { force: true });
}
