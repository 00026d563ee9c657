import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Variables } from '../parts/part.ts';

/** Quoted only when a shell would read it differently. */
function shellValue(value: string): string {
  return /^[\w@%+=:,./-]*$/.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`;
}

/**
 * Writes `env`, the file by which anything else joins in (`set -a; . .thunderline/env`). It appears whole and only once
 * everything it names is ready; it holds passwords, so only its owner may read it.
 */
export function writeEnvFile(home: string, variables: Variables): void {
  const path = join(home, 'env');
  const temporary = `${path}.${process.pid}`;
  const lines = Object.entries(variables).map(([name, value]) => `${name}=${shellValue(value)}\n`);
  writeFileSync(temporary, lines.join(''), { mode: 0o600 });
  renameSync(temporary, path);
}

export function removeEnvFile(home: string): void {
  rmSync(join(home, 'env'), { force: true });
}
