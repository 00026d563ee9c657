import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { eventually } from '../support/eventually.ts';

const BIN = join(import.meta.dirname, '../../bin/thunderline.js');

/** How a process ended. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** What it wrote to standard error. */
  readonly err: string;
}

/** `thunderline serve`, as a user runs it. */
export interface ServeProcess {
  readonly pid: number;
  readonly url: string;
  readonly exited: Promise<Exit>;
  /** Resolves when its log has had the line `thunderline is ready` so often, of one gateway or of each of its workers. */
  ready(times: number): Promise<void>;
  /** The processes it has started. */
  workers(): Promise<readonly number[]>;
  kill(signal: NodeJS.Signals): void;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Starts the gateway and resolves when all its processes are ready. Rejects with its last words when it ends before. */
export async function serveGateway(environment: Environment): Promise<ServeProcess> {
  const child = start(environment, 'serve', '--roles', 'gateway');
  const lines: { readonly msg?: string; readonly url?: string }[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (line.startsWith('{')) lines.push(JSON.parse(line));
  });
  const readyLines = () => lines.filter(({ msg }) => msg === 'thunderline is ready');
  let running = true;
  const exited = ended(child).finally(() => {
    running = false;
  });
  // A process that has ended never gets ready, and a wait without end would outlive the test.
  const ready = (times: number): Promise<void> => eventually(() => readyLines().length >= times || !running);
  const exit = await Promise.race([exited, ready(Number(environment.GATEWAY_WORKERS ?? 1))]);
  if (exit !== undefined) throw new Error(`the gateway ended with ${exit.code ?? exit.signal}: ${exit.err}`);
  const pid = child.pid as number;
  return {
    ...{ pid, url: String(readyLines()[0]?.url), exited, ready },
    async workers() {
      const { stdout } = await promisify(execFile)('pgrep', ['-P', String(pid)]);
      return stdout.trim().split('\n').map(Number);
    },
    kill: (signal) => child.kill(signal),
  };
}

/** Runs a command to its end and returns what it wrote to standard output. */
export async function thunderline(environment: Environment, ...args: readonly string[]): Promise<string> {
  const child = start(environment, ...args);
  let out = '';
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk;
  });
  const { code, err } = await ended(child);
  if (code !== 0) throw new Error(`thunderline ${args.join(' ')} ended with ${code}: ${err}`);
  return out;
}

const start = (environment: Environment, ...args: readonly string[]) =>
  spawn(process.execPath, [BIN, ...args], {
    env: { ...environment, LOG_LEVEL: 'info' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });

async function ended(child: ReturnType<typeof start>): Promise<Exit> {
  let err = '';
  child.stderr.on('data', (chunk: Buffer) => {
    err += chunk;
  });
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  return { code, signal, err };
}
