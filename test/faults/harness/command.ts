import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { PROJECT } from '../../../dev/stack/folders.ts';
import type { FaultWorld } from './world.ts';

/** A running command of `npx thunderline`, as an operator would start it. */
export interface RunningCommand {
  /** Sends SIGKILL. */
  kill(): void;
  /** Resolves with its exit code and its output on both streams. */
  readonly ended: Promise<{ readonly code: number | null; readonly output: string }>;
}

export function startCommand({ environment }: FaultWorld, ...args: readonly string[]): RunningCommand {
  const child = spawn(process.execPath, [join(PROJECT, 'bin/thunderline.js'), ...args], {
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = Promise.all([text(child.stdout), text(child.stderr)]);
  const ended = once(child, 'exit').then(async ([code]) => ({ code, output: (await output).join('') }));
  return { kill: () => void child.kill('SIGKILL'), ended };
}
