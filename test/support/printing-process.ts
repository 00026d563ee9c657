import { readdirSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { freePort } from './free-port.ts';
import { type Exit, startThunderline } from './thunderline.ts';

/** A running process: what it has printed so far, and its end. */
export interface PrintingProcess {
  readonly url: string;
  printed(): string;
  /** The command lines of the process and of those that it started. */
  commandLines(): string;
  stop(): Promise<Exit>;
}

/** Starts a command that serves on a port chosen for it, and collects all that it prints. */
export async function startPrinting(
  settings: Readonly<Record<string, string | undefined>>,
  args: readonly string[],
): Promise<PrintingProcess> {
  const port = await freePort();
  const { child, ended } = startThunderline({ ...settings, PORT: String(port) }, args);
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    if (stream !== null) createInterface({ input: stream }).on('line', (line) => void lines.push(line));
  }
  return {
    url: `http://127.0.0.1:${port}`,
    printed: () => lines.join('\n'),
    commandLines: () => [child.pid ?? 0, ...descendantsOf(child.pid ?? 0)].map(commandLineOf).join('\n'),
    stop() {
      child.kill('SIGTERM');
      return ended;
    },
  };
}

function descendantsOf(pid: number): number[] {
  const parents = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => [Number(name), Number(/^PPid:\t(\d+)/m.exec(read(`/proc/${name}/status`))?.[1])] as const);
  const below = (parent: number): number[] =>
    parents.flatMap(([child, its]) => (its === parent ? [child, ...below(child)] : []));
  return below(pid);
}

const commandLineOf = (pid: number): string => read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ');

/** Empty for a process that has ended. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
