import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { PROJECT } from '../../dev/stack/folders.ts';

/** The program, as `npx thunderline` starts it. */
export const THUNDERLINE = join(PROJECT, 'bin/thunderline.js');

/** The end of a process. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Its standard output. */
  readonly out: string;
  /** Its standard error. */
  readonly err: string;
}

/** A running command of `npx thunderline`. */
export interface RunningCommand {
  readonly child: ChildProcess;
  readonly ended: Promise<Exit>;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Starts a command in another process. `input` is its standard input. */
export function startThunderline(environment: Environment, args: readonly string[], input = ''): RunningCommand {
  const child = spawn(process.execPath, [THUNDERLINE, ...args], { env: environment, stdio: ['pipe', 'pipe', 'pipe'] });
  // A command that does not read its input may have ended before the write.
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  const [out, err] = [collect(child.stdout), collect(child.stderr)];
  const ended = once(child, 'close').then(([code, signal]) => ({ code, signal, out: out(), err: err() }));
  return { child, ended };
}

/** Reads a stream by its events, so that a caller can read it as well. */
function collect(stream: Readable): () => string {
  let text = '';
  stream.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  return () => text;
}

/** Runs a command to its end and returns its standard output. Throws with its standard error unless it exits with 0. */
export async function runThunderline(environment: Environment, ...args: readonly string[]): Promise<string> {
  const { code, signal, out, err } = await startThunderline(environment, args).ended;
  if (code !== 0) throw new Error(`thunderline ${args.join(' ')} ended with ${code ?? signal}: ${err}`);
  return out;
}
