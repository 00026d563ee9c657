import { execFile } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { eventually } from '../support/eventually.ts';
import { type Exit, startThunderline } from '../support/thunderline.ts';

/** A line of the log. */
export interface LogLine extends Readonly<Record<string, unknown>> {
  readonly msg?: string;
  readonly url?: string;
}

/** A running `thunderline serve`. */
export interface ServeProcess {
  readonly pid: number;
  readonly url: string;
  readonly exited: Promise<Exit>;
  /** Resolves when its log has this many lines `thunderline is ready`: one for a gateway, or one for each of its workers. */
  ready(times: number): Promise<void>;
  /** The lines of its log so far. */
  lines(): readonly LogLine[];
  /** The ids of its child processes. */
  workers(): Promise<readonly number[]>;
  kill(signal: NodeJS.Signals): void;
}

/** Starts a gateway and resolves when all its processes are ready. Rejects with its standard error when it ends before. */
export async function serveGateway(environment: Readonly<Record<string, string | undefined>>): Promise<ServeProcess> {
  const { child, ended } = startThunderline({ ...environment, LOG_LEVEL: 'info' }, ['serve', '--roles', 'gateway']);
  const lines: LogLine[] = [];
  createInterface({ input: child.stdout as Readable }).on('line', (line) => {
    if (line.startsWith('{')) lines.push(JSON.parse(line));
  });
  const readyLines = () => lines.filter(({ msg }) => msg === 'thunderline is ready');
  let running = true;
  const exited = ended.finally(() => {
    running = false;
  });
  // A process that has ended never becomes ready, and a wait without end would outlive the test.
  const ready = (times: number): Promise<void> => eventually(() => readyLines().length >= times || !running);
  const exit = await Promise.race([exited, ready(Number(environment.GATEWAY_WORKERS ?? 1))]);
  if (exit !== undefined) throw new Error(`the gateway ended with ${exit.code ?? exit.signal}: ${exit.err}`);
  const pid = child.pid as number;
  return {
    pid,
    url: String(readyLines()[0]?.url),
    exited,
    ready,
    lines: () => lines,
    async workers() {
      const { stdout } = await promisify(execFile)('pgrep', ['-P', String(pid)]);
      return stdout.trim().split('\n').map(Number);
    },
    kill: (signal) => child.kill(signal),
  };
}
