import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { PROJECT } from '../../dev/stack/folders.ts';

const SCRIPT = `
  const { readdirSync, readFileSync } = await import('node:fs');
  const { getPriority } = await import('node:os');
  const { lowerPriority } = await import(${JSON.stringify(join(PROJECT, 'src/cli/lower-priority.ts'))});
  lowerPriority();
  const threads = process.platform === 'linux' ? readdirSync('/proc/self/task').map(Number) : [process.pid];
  console.log(JSON.stringify(threads.map((thread) => getPriority(thread))));
`;

test('every thread of the process has the lowest priority', () => {
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', SCRIPT], {
    encoding: 'utf8',
  });
  expect(stderr).toBe('');
  const priorities = JSON.parse(stdout) as number[];
  expect(priorities.length).toBeGreaterThan(process.platform === 'linux' ? 1 : 0);
  expect(priorities.every((priority) => priority === 19)).toBe(true);
});
