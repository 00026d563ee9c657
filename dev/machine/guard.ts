import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { killGroup } from './kill-group.ts';
import { logTail } from './log-tail.ts';
import { startTimeOf } from './process-identity.ts';

/** A program to run, and the way to stop it. */
export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
  readonly cwd: string;
  /** The file for both output streams; the log of the previous run is kept beside it as `*.previous.log`. */
  readonly logPath: string;
  /** The file that records the process group, so that a start after a crash finds processes that are still stopping. */
  readonly pidFile?: string;
  readonly stopSignal?: 'TERM' | 'INT';
  /** The time to stop after which the whole group is killed. */
  readonly graceSeconds?: number;
}

export interface GuardedProcess {
  readonly pid: number;
  readonly logPath: string;
  /** Resolves with the end of the process in words: `exit code 1`, `signal SIGKILL`. Never rejects. */
  readonly exited: Promise<string>;
  /** Stops the process, and resolves when no process of its group is left. Safe to call twice. */
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

/** Starts a command under `guard.sh`, which ends the command when this process closes the pipe or dies. */
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
  // A write to a pipe whose reader has ended causes an error event; the exit of the guard is the one that matters.
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

/** Runs a command to its end. When it fails, the error contains the last lines of its log; `signal` ends it early. */
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
