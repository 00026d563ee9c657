import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { STACK_PYTHON } from '../../dev/parts/python.ts';
import { installTestPython } from '../runner/python.ts';

/** A run as MLflow's official Python client reads it. */
export interface PythonRun {
  /** Key, value as Python writes it, epoch milliseconds, digits of the step. */
  readonly points: readonly (readonly [string, string, number, string])[];
  readonly params: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
}

/** An active run, as a search finds it. */
export interface FoundRun {
  readonly run_id: string;
  readonly status: string;
  readonly tags: Readonly<Record<string, string>>;
}

/** The official client of MLflow, in a Python process that is kept, because importing it takes seconds. */
export interface PythonClient {
  readRun(runId: string): Promise<PythonRun>;
  /** The runs of all experiments that a filter finds, without deleted ones; 1,000 at most. */
  activeRuns(filter: string): Promise<readonly FoundRun[]>;
  deleteRun(runId: string): Promise<void>;
  /** The code points of a range that MLflow refuses in a name. */
  refusedCharacters(first: number, last: number): Promise<readonly number[]>;
  close(): Promise<void>;
}

export async function startPythonClient(trackingUri: string): Promise<PythonClient> {
  const python = await installTestPython(STACK_PYTHON);
  const script = join(import.meta.dirname, 'read_runs.py');
  const child = spawn(python, ['-W', 'ignore', script, trackingUri], { stdio: ['pipe', 'pipe', 'pipe'] });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    errors += chunk;
  });
  const ended = once(child, 'close');
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  async function ask(request: object): Promise<unknown> {
    child.stdin.write(`${JSON.stringify(request)}\n`);
    const { value, done } = await lines.next();
    if (done === true) throw new Error(`the Python client ended: ${errors}`);
    return JSON.parse(value);
  }
  return {
    readRun: async (run) => (await ask({ run })) as PythonRun,
    activeRuns: async (filter) => (await ask({ filter })) as readonly FoundRun[],
    deleteRun: async (run) => void (await ask({ delete: run })),
    refusedCharacters: async (first, last) => (await ask({ range: [first, last] })) as number[],
    async close() {
      child.stdin.end();
      await ended;
    },
  };
}
