import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { PROJECT } from '../dev/stack/folders.ts';
import { GATEWAY_WORKER_FLAGS, processSettings } from '../src/process-flags.ts';
import { runThunderline } from './support/thunderline.ts';

test.each([
  ['replay', ['--max-semi-space-size=8'], { MALLOC_ARENA_MAX: '2' }],
  ['serve', ['--max-semi-space-size=32'], { MALLOC_MMAP_THRESHOLD_: '1048576' }],
  ['start', ['--max-semi-space-size=32'], { MALLOC_MMAP_THRESHOLD_: '1048576' }],
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

test('a command keeps what Node has compiled, and starts from it the next time', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'thunderline-compiled-'));
  const files = () => readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  await runThunderline({ ...process.env, NODE_COMPILE_CACHE: folder }, '--help');
  const kept = files().length;
  expect(kept).toBeGreaterThan(100);
  await runThunderline({ ...process.env, NODE_COMPILE_CACHE: folder }, '--help');
  expect(files()).toHaveLength(kept);
  rmSync(folder, { recursive: true });
  await runThunderline({ ...process.env, NODE_COMPILE_CACHE: undefined }, '--help');
  expect(readdirSync(join(PROJECT, 'node_modules/.cache/thunderline'))).not.toEqual([]);
});
