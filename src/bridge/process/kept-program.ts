import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Duplex, Readable, Writable } from 'node:stream';
import { type Ending, readKeeperLine } from './ending.ts';
import type { Isolation } from './isolation.ts';
import { MARK } from './keeper-mark.ts';
import { killMarked } from './kill-marked.ts';
import { createLineReader } from './line-reader.ts';
import { openPayloadFile } from './payload-file.ts';

/** A program to keep. No shell reads any of it. */
export interface Command {
  /** The absolute path of the program, and its arguments. */
  readonly program: readonly [string, ...string[]];
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string>>;
  /** `pipe`: `stdin` of the kept program is open. A text: standard input is a file with it. */
  readonly stdin: 'pipe' | { readonly text: string };
  /** Whether the program gets a socket to this bridge as {@link CHANNEL}. */
  readonly hasChannel?: boolean;
  /** Added to the niceness of this bridge; absent: that of workers. */
  readonly niceness?: number;
  /** The tree is killed above this memory, in bytes; 0 switches the limit off. */
  readonly memoryBytes: number;
  /** `onMemory` is called once the tree needs more than this, in bytes; 0 switches the call off. */
  readonly watchBytes: number;
  readonly onMemory?: (bytes: number) => void;
}

/** The settings that all keepers of a bridge share. */
export interface KeeperSettings {
  /** The interpreter that runs keepers. */
  readonly python: string;
  readonly isolation: Isolation;
  /** From TERM to KILL. */
  readonly graceMs: number;
  readonly niceness: number;
}

/** A program that runs under a keeper. */
export interface KeptProgram {
  /** Undefined unless the command asked for a pipe. */
  readonly stdin: Writable | undefined;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** The end of this bridge of the channel; undefined unless the command asked for one. */
  readonly channel: Duplex | undefined;
  /** Resolves when no process of the tree is left. Never rejects. */
  readonly ended: Promise<Ending>;
  /** TERM to every process of the tree; KILL after the grace. */
  terminate(): void;
  kill(): void;
  /** The keeper kills the tree at this time of CLOCK_MONOTONIC, in milliseconds, unless a later one arrives before. */
  leasedUntil(atMs: number): void;
}

const KEEPER = join(import.meta.dirname, 'keeper.py');
const LIFELINE = 3;
/** The descriptor of the channel in the program. */
export const CHANNEL = 4;
/** Only read: Node.js discards what a socket has received when a write to it fails, which one to an ended keeper does. */
const REPORT = 5;
const KEEPER_LINE_BYTES = 4_096;
/** The keeper gives up after 8 s; a keeper that is suspended does not. */
const KEEPER_END_MS = 10_000;
/** Only a process that escaped its keeper can hold the streams longer. */
const CLOSE_MS = 200;

/**
 * Starts a program under a keeper. Rejects if the keeper cannot be started: E2BIG, NUL in an argument, no more processes.
 *
 * @param mark recognises the processes of this keeper; see `keeper-mark.ts`.
 * @param leasedUntilMs see {@link KeptProgram.leasedUntil}; 0 means that there is no lease.
 */
export async function startKept(
  command: Command,
  settings: KeeperSettings,
  { mark, leasedUntilMs }: { readonly mark: string; readonly leasedUntilMs: number },
): Promise<KeptProgram> {
  const { program, cwd, environment, stdin, memoryBytes, watchBytes, hasChannel = false } = command;
  const kib = (bytes: number): string => String(Math.ceil(bytes / 1_024));
  const { python, isolation, graceMs, niceness } = settings;
  const limits = [
    String(graceMs),
    String(Math.round(leasedUntilMs)),
    kib(memoryBytes),
    kib(watchBytes),
    String(command.niceness ?? niceness),
    String(Number(hasChannel)),
  ];
  const [file = '', ...args] = [...isolation.prefix, python, '-I', '-S', KEEPER, ...limits, ...program];
  const input = stdin === 'pipe' ? undefined : await openPayloadFile(stdin.text);
  try {
    const child = spawn(file, args, {
      cwd,
      env: { ...environment, [MARK]: mark },
      // A group of its own: signals of a terminal do not reach it, and it can be killed as a whole.
      detached: true,
      stdio: [input?.fd ?? 'pipe', 'pipe', 'pipe', 'pipe', hasChannel ? 'pipe' : 'ignore', 'pipe'],
    });
    return keptProgram(child, command, { mark, graceMs });
  } finally {
    await input?.close();
  }
}

function keptProgram(
  child: ChildProcess,
  { onMemory }: Command,
  { mark, graceMs }: { readonly mark: string; readonly graceMs: number },
): KeptProgram {
  // The array has more elements than the type of Node.js knows.
  const stdio = child.stdio as readonly unknown[];
  const [lifeline, reports] = [stdio[LIFELINE] as Duplex, stdio[REPORT] as Duplex];
  const { stdin, stdout, stderr } = child as { stdin: Writable | null; stdout: Readable; stderr: Readable };
  const channel = stdio[CHANNEL] as Duplex | null;
  const streams = [lifeline, reports, stdin, stdout, stderr, channel].filter((stream) => stream !== null);
  // A program may end, or close its input, while it is written to. Its exit is the event that matters.
  for (const stream of streams) stream.on('error', () => {});
  let report: Ending | undefined;
  const reader = createLineReader(KEEPER_LINE_BYTES, (line) => {
    const read = readKeeperLine(line.toString('utf8'));
    if ('ending' in read) report = read.ending;
    else onMemory?.(read.memoryKib * 1_024);
  });
  reports.on('data', reader.add);

  let backstop: NodeJS.Timeout | undefined;
  const endWithin = (ms: number): void => {
    clearTimeout(backstop);
    // The id of a keeper that has ended may belong to another process by now.
    if (child.exitCode === null && child.signalCode === null) backstop = setTimeout(() => killGroup(child.pid), ms);
  };
  const ended = new Promise<Ending>((resolve) => {
    const end = async (ending: Ending): Promise<void> => {
      if (ending.cause === 'keeper') resolve({ ...ending, strays: await killMarked((found) => found === mark) });
      else resolve(ending);
      for (const stream of streams) stream.destroy();
    };
    child.once('error', (error: NodeJS.ErrnoException) => {
      if (child.pid !== undefined) return;
      void end({ cause: 'keeper', code: 127, strays: 0, left: 0, peakKib: 0, execErrno: -(error.errno ?? 0) });
    });
    child.once('exit', (code, signal) => {
      clearTimeout(backstop);
      const closed = new Promise<void>((done) => child.once('close', () => done()));
      // After a stall of this process, timers come before the streams: what the program wrote is still to be read then.
      const timeout = new Promise<void>((done) => setTimeout(() => setImmediate(done), CLOSE_MS).unref());
      const died = { cause: 'keeper', strays: 0, left: 0, peakKib: 0, execErrno: 0 } as const;
      const how = signal === null ? { code: code ?? -1 } : { signal };
      void Promise.race([closed, timeout]).then(() => end(report ?? { ...died, ...how }));
    });
  });
  const say = (line: string): void => void (lifeline.writable && lifeline.write(line));
  return {
    stdin: stdin ?? undefined,
    stdout,
    stderr,
    channel: channel ?? undefined,
    ended,
    terminate() {
      say('t\n');
      endWithin(graceMs + KEEPER_END_MS);
    },
    kill() {
      say('x\n');
      endWithin(KEEPER_END_MS);
    },
    leasedUntil: (atMs) => say(`k ${Math.round(atMs)}\n`),
  };
}

/** Kills a keeper that does not end, together with its program; in a PID namespace, together with all its processes. */
function killGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // The keeper has just ended.
  }
}
