import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { killGroup } from './kill-group.ts';
import { logTail } from './log-tail.ts';
import { startTimeOf } from './process-identity.ts';

/** What to run, and how it is asked to stop. */
export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
  readonly cwd: string;
  /** Both output streams go there; the log of the run before is kept beside it as `*.previous.log`. */
  readonly logPath: string;
  /** Where the process group is written down, for the start after a crash to find what is still shutting down. */
  readonly pidFile?: string;
  readonly stopSignal?: 'TERM' | 'INT';
  /** How long it may take to stop before the whole group is killed. */
  readonly graceSeconds?: number;
}

export interface GuardedProcess {
  readonly pid: number;
  readonly logPath: string;
  /** How it ended, as words: `exit code 1`, `signal SIGKILL`. Never rejects. */
  readonly exited: Promise<string>;
  /** Asks it to stop and resolves when nothing of its group is left. Safe to call twice. */
  stop(): Promise<void>;
}

const GUARD = join(import.meta.dirname, 'guard.sh');

function openLog(path: string): number {
  mkdirSync(dirname(path), { recursive: true });
  try {
    renameSync(path, path.replace(/(\.log)?$/, '.previous.log'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  return openSync(path, 'a', 0o600);
}

/** Starts a command under `guard.sh`, which ends it when this process closes the pipe or dies. */
export function startGuarded(command: Command): GuardedProcess {
  const { file, args, stopSignal = 'TERM', graceSeconds = 4 } = command;
  const log = openLog(command.logPath);
  let child: ChildProcess;
  try {
    child = spawn('/bin/sh', [GUARD, stopSignal, String(graceSeconds), file, ...args], {
      cwd: command.cwd,
      env: command.environment,
      stdio: ['pipe', log, log],
      detached: true,
    });
  } finally {
    closeSync(log);
  }
  const pid = child.pid;
  // Writing to a pipe whose reader is gone is an error event; the guard's exit says all there is to say.
  child.stdin?.on('error', () => {});
  const exited = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', async (code, signal) => {
      child.stdin?.destroy();
      if (pid !== undefined) await killGroup(pid);
      if (command.pidFile) rmSync(command.pidFile, { force: true });
      resolve(signal ? `signal ${signal}` : `exit code ${code}`);
    });
  });
  if (pid === undefined) return { pid: 0, logPath: command.logPath, exited, stop: async () => void (await exited) };
  if (command.pidFile) {
    mkdirSync(dirname(command.pidFile), { recursive: true });
    writeFileSync(command.pidFile, JSON.stringify({ pid, startTime: startTimeOf(pid) }));
  }
  return {
    pid,
    logPath: command.logPath,
    exited,
    async stop() {
      child.stdin?.destroy();
      await exited;
    },
  };
}

/** Runs a command to its end; what it said last is in the error when it fails or when `signal` ends it early. */
export async function runGuarded(command: Command, what: string, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const child = startGuarded(command);
  const onAbort = (): void => void child.stop();
  signal.addEventListener('abort', onAbort, { once: true });
  const end = await child.exited;
  signal.removeEventListener('abort', onAbort);
  signal.throwIfAborted();
  if (end !== 'exit code 0') {
    throw new Error(`${what} failed (${end}); the end of ${command.logPath}:\n${logTail(command.logPath)}`);
  }
}
