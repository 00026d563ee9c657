import { spawnSync } from 'node:child_process';
import { expect, test } from '@jest/globals';
import { GATEWAY_WORKER_FLAGS, processSettings } from '../src/process-flags.ts';

test.each([
  ['replay', ['--max-semi-space-size=8'], { MALLOC_ARENA_MAX: '2' }],
  ['serve', ['--max-semi-space-size=32'], {}],
  ['start', ['--max-semi-space-size=32'], {}],
  ['keys', [], {}],
  [undefined, [], {}],
])('%s runs with its own flags of V8', (command, flags, environment) => {
  expect(processSettings(command)).toEqual({
    flags: ['--disable-warning=TimeoutNegativeWarning', ...flags],
    environment,
  });
});

test('every flag of a process is one that this Node accepts', () => {
  const flags = [...processSettings('serve').flags, ...GATEWAY_WORKER_FLAGS];
  const { status } = spawnSync(process.execPath, [...flags, '--eval', '']);
  expect(status).toBe(0);
});
