import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { PROJECT } from '../../../dev/stack/folders.ts';

const run = (file: string, ...args: readonly string[]) =>
  spawnSync(process.execPath, [join(PROJECT, file), ...args], { encoding: 'utf8', timeout: 170_000 });

test.each([
  ['dev/start.ts', 'usage: npm start [-- --watch]\n'],
  ['dev/demo/demo.ts', 'usage: npm run demo [-- --exit]\n'],
  ['dev/stack/run-stack.ts', 'usage: npm run stack\n'],
])('%s starts nothing when it is asked for help, or given a flag that it does not know', (file, usage) => {
  expect(run(file, '--help')).toMatchObject({ status: 0, stdout: usage, stderr: '' });
  const refused = run(file, '--wacth');
  expect(refused).toMatchObject({ status: 2, stdout: '' });
  expect(refused.stderr).toContain("Unknown option '--wacth'");
  expect(refused.stderr).toContain(usage.trim());
});
