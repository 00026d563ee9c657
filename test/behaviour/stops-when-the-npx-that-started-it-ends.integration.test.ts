import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createWorld, type World } from '../support/world.ts';

const ROOT = join(import.meta.dirname, '../..');
const TIMEOUT_MS = 180_000;

let world: World;
let npx: ChildProcess | undefined;

beforeEach(async () => {
  world = await createWorld();
});

afterEach(async () => {
  killGroup(npx?.pid);
  await world.close();
});

test.each(['SIGTERM', 'SIGKILL'] as const)(
  'serve stops gracefully when its npx is ended by %s',
  async (signal) => {
    // A group of its own, so that a failure of this test leaves no process.
    const child = spawn('npx', ['thunderline', 'serve', '--roles', 'gateway'], {
      cwd: ROOT,
      detached: true,
      env: { ...world.environment, PORT: '0', LOG_LEVEL: 'info' },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    npx = child;
    const messages: string[] = [];
    const lines = createInterface({ input: child.stdout });
    // The server holds the pipe too: it closes when both have ended.
    const ended = once(lines, 'close');
    const ready = new Promise<void>((resolve) => {
      lines.on('line', (line) => {
        if (!line.startsWith('{')) return;
        messages.push(JSON.parse(line).msg);
        if (messages.at(-1) === 'thunderline is ready') resolve();
      });
    });
    await Promise.race([ready, ended]);
    child.kill(signal);
    await ended;
    expect(messages).toContain('stopping');
  },
  TIMEOUT_MS,
);

function killGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch (error) {
    // No process of the group is left.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
