import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const ROOT = join(import.meta.dirname, '../..');

const JEST = [
  '--experimental-vm-modules',
  '--disable-warning=ExperimentalWarning',
  '--disable-warning=TimeoutNegativeWarning',
  'node_modules/jest/bin/jest.js',
];

export interface Counts {
  readonly passed: number;
  readonly failed: number;
}

/** Runs a command in this terminal; resolves with its exit code. */
export async function run(command: string, args: readonly string[], cwd = ROOT): Promise<number> {
  const child = spawn(command, args, { cwd, stdio: 'inherit' });
  const forward = (signal: NodeJS.Signals) => child.kill(signal);
  process.on('SIGINT', forward).on('SIGTERM', forward);
  const [code] = (await once(child, 'exit')) as [number | null];
  process.off('SIGINT', forward).off('SIGTERM', forward);
  return code ?? 1;
}

/** Runs jest; resolves with its exit code. */
export const runJest = (args: readonly string[]): Promise<number> => run(process.execPath, [...JEST, ...args]);

/** Runs jest; resolves with how many tests passed and failed. */
export async function countJest(args: readonly string[]): Promise<Counts> {
  const folder = mkdtempSync(join(tmpdir(), 'thunderline-jest-'));
  try {
    const report = join(folder, 'report.json');
    const code = await runJest([...args, '--json', `--outputFile=${report}`]);
    if (!existsSync(report)) return { passed: 0, failed: 1 };
    const { numPassedTests, numFailedTests, numRuntimeErrorTestSuites } = JSON.parse(readFileSync(report, 'utf8'));
    const failed = numFailedTests + numRuntimeErrorTestSuites;
    // The report counts no test for a set-up or tear-down that failed.
    return { passed: numPassedTests, failed: failed === 0 && code !== 0 ? 1 : failed };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Prints the last line of a run: the total counts. */
export function report({ passed, failed }: Counts): void {
  console.log(`${passed} passed, ${failed} failed`);
  process.exitCode = failed > 0 ? 1 : 0;
}
