import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const RUNBOOK = join(import.meta.dirname, '../../docs/operations.md');

/** Every command of docs/operations.md, once each; without the one that connects the shell. */
export function runbookCommands(): readonly string[] {
  const text = readFileSync(RUNBOOK, 'utf8');
  const blocks = [...text.matchAll(/```sh\n([^`]+)```/g)].map(([, block = '']) => block);
  const lines = blocks
    .flatMap((block) => block.split('\n'))
    .filter((line) => line !== '' && !line.startsWith('set -a'));
  return [...new Set(lines)];
}
