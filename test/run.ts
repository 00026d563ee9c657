import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installTestPython } from './python.ts';

/**
 * `npm test`: the static checks, every jest file on one stack of real parts, then the Python package's own tests. With
 * arguments (`npm test -- test/events`), just jest, with those arguments.
 *
 * The last line counts what passed and failed over all of them.
 */
const root = join(import.meta.dirname, '..');
const JEST = [
  '--experimental-vm-modules',
  '--disable-warning=ExperimentalWarning',
  '--disable-warning=TimeoutNegativeWarning',
  'node_modules/jest/bin/jest.js',
];

interface Counts {
  readonly passed: number;
  readonly failed: number;
}

async function run(command: string, args: readonly string[], cwd = root): Promise<number> {
  const child = spawn(command, args, { cwd, stdio: 'inherit' });
  const forward = (signal: NodeJS.Signals) => child.kill(signal);
  process.on('SIGINT', forward).on('SIGTERM', forward);
  const [code] = (await once(child, 'exit')) as [number | null];
  process.off('SIGINT', forward).off('SIGTERM', forward);
  return code ?? 1;
}

async function check(): Promise<Counts> {
  const failed = Number((await run('npm', ['run', '--silent', 'check'])) !== 0);
  return { passed: 1 - failed, failed };
}

async function jest(folder: string): Promise<Counts> {
  const report = join(folder, 'jest.json');
  const code = await run(process.execPath, [...JEST, '--json', `--outputFile=${report}`]);
  const { numPassedTests, numFailedTests, numRuntimeErrorTestSuites } = JSON.parse(readFileSync(report, 'utf8'));
  const failed = numFailedTests + numRuntimeErrorTestSuites;
  // A set-up or tear-down that failed is in no test's count.
  return { passed: numPassedTests, failed: failed === 0 && code !== 0 ? 1 : failed };
}

async function pytest(folder: string): Promise<Counts> {
  const report = join(folder, 'pytest.xml');
  const python = await installTestPython();
  const code = await run(python, ['-m', 'pytest', '-q', `--junitxml=${report}`], join(root, 'workers'));
  const suite = /<testsuite [^>]*>/.exec(readFileSync(report, 'utf8'))?.[0] ?? '';
  const count = (name: string): number => Number(new RegExp(` ${name}="(\\d+)"`).exec(suite)?.[1] ?? 0);
  const failed = count('failures') + count('errors');
  return {
    passed: count('tests') - failed - count('skipped'),
    failed: failed === 0 && code !== 0 ? 1 : failed,
  };
}

const [, , ...args] = process.argv;
if (args.length > 0) process.exit(await run(process.execPath, [...JEST, ...args]));

const folder = mkdtempSync(join(tmpdir(), 'thunderline-test-'));
let passed = 0;
let failed = 0;
for (const suite of [check, jest, pytest]) {
  const counts = await suite(folder).catch((error: unknown) => {
    console.error(error);
    return { passed: 0, failed: 1 };
  });
  passed += counts.passed;
  failed += counts.failed;
}
rmSync(folder, { recursive: true, force: true });
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
