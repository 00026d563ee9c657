import { startThunderline } from '../../support/thunderline.ts';
import type { FaultWorld } from './fault-world.ts';

/** A running command of `npx thunderline`, as an operator would start it. */
export interface RunningCommand {
  /** Sends SIGKILL. */
  kill(): void;
  /** Resolves with its exit code and its output on both streams. */
  readonly ended: Promise<{ readonly code: number | null; readonly output: string }>;
}

export function startCommand({ environment }: FaultWorld, ...args: readonly string[]): RunningCommand {
  const { child, ended } = startThunderline(environment, args);
  return {
    kill: () => void child.kill('SIGKILL'),
    ended: ended.then(({ code, out, err }) => ({ code, output: `${out}${err}` })),
  };
}
