import { expect, test } from '@jest/globals';
import { loadConfig } from '../src/config.ts';
import { createLog } from '../src/log.ts';
import type { Platform } from '../src/platform.ts';
import type { Role } from '../src/roles/role.ts';
import { serve } from '../src/serve.ts';

const service = (name: string, needs: Role['needs'], start: (platform: Platform) => Promise<void>): Role =>
  ({ kind: 'service', name, summary: '', reads: [], writes: [], needs, start }) as Role;

test('a role that fails permanently ends the start, although another role still waits for its dependency', async () => {
  let stopped = false;
  const failing = service('failing', [], async ({ lifecycle, fail }) => {
    await lifecycle.start(
      'failing',
      () => undefined,
      () => {
        stopped = true;
      },
    );
    setTimeout(() => fail(new Error('this role has a bug')));
  });
  const waiting = service('waiting', ['postgres'], async () => undefined);
  // Nothing listens on port 1.
  const config = loadConfig({ PORT: '0', DATABASE_URL: 'postgres://user@127.0.0.1:1/none' });
  await expect(serve(config, [failing, waiting], createLog('silent'))).rejects.toThrow('this role has a bug');
  expect(stopped).toBe(true);
});
