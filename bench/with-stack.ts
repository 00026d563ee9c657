import { join } from 'node:path';
import type { Tool } from '../dev/machine/prerequisites.ts';
import { createProgress } from '../dev/machine/progress.ts';
import { HOME, PARTS_FOLDER } from '../dev/stack/folders.ts';
import { startStack } from '../dev/stack/stack.ts';

/**
 * Runs `work` with the parts that the environment names. Parts that it does not name are started, with data of their own, and
 * stopped afterwards; `process.env` has their addresses meanwhile.
 *
 * @param tools that `work` needs on this machine, beside those of the parts.
 */
export async function withStack<T>(tools: readonly Tool[], work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const stopping = new AbortController();
  process.once('SIGINT', () => stopping.abort()).once('SIGTERM', () => stopping.abort());
  const progress = createProgress(process.stderr);
  const stack = await startStack({
    home: join(HOME, 'bench'),
    parts: PARTS_FOLDER,
    environment: process.env,
    progress,
    tools,
    signal: stopping.signal,
  });
  progress.end();
  Object.assign(process.env, stack.environment);
  try {
    return await work(stopping.signal);
  } finally {
    await stack.stop();
  }
}
