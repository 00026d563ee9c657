import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const RUNBOOK = join(import.meta.dirname, '../../docs/operations.md');

/**
 * Every command of docs/operations.md that an operator runs on a running system, once each: the blocks `sh`, without the line that
 * connects the shell. Blocks `bash` install or restore a system and are rehearsed by other suites.
 */
export function runbookCommands(): readonly string[] {
  const text = readFileSync(RUNBOOK, 'utf8');
  const blocks = [...text.matchAll(/```sh\n([^`]+)```/g)].map(([, block = '']) => block);
  const lines = blocks
    .flatMap((block) => block.split('\n'))
    .filter((line) => line !== '' && !line.startsWith('set -a'));
  return [...new Set(lines)];
}
