import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Counts, countJest, ROOT, report, run, runJest } from './jest.ts';
import { installTestPython } from './python.ts';
import { requireTools } from './require-tools.ts';

/**
 * `npm test`: the static checks, every jest file on one stack of real parts, then the tests of the Python package. With
 * arguments (`npm test -- test/events`), only jest, with those arguments.
 *
 * The last line counts the passed and failed tests of all of them.
 */
async function check(): Promise<Counts> {
  const failed = Number((await run('npm', ['run', '--silent', 'check'])) !== 0);
  return { passed: 1 - failed, failed };
}

async function pytest(): Promise<Counts> {
  const folder = mkdtempSync(join(tmpdir(), 'thunderline-pytest-'));
  const xml = join(folder, 'report.xml');
  const python = await installTestPython();
  const code = await run(python, ['-m', 'pytest', '-q', `--junitxml=${xml}`], join(ROOT, 'workers'));
  const suite = /<testsuite [^>]*>/.exec(readFileSync(xml, 'utf8'))?.[0] ?? '';
  rmSync(folder, { recursive: true, force: true });
  const count = (name: string): number => Number(new RegExp(` ${name}="(\\d+)"`).exec(suite)?.[1] ?? 0);
  const failed = count('failures') + count('errors');
  return {
    passed: count('tests') - failed - count('skipped'),
    failed: failed === 0 && code !== 0 ? 1 : failed,
  };
}

const [, , ...args] = process.argv;
if (args.length > 0) process.exit(await runJest(args));
requireTools();

let passed = 0;
let failed = 0;
for (const suite of [check, () => countJest([]), pytest]) {
  const counts = await suite().catch((error: unknown) => {
    console.error(error);
    return { passed: 0, failed: 1 };
  });
  passed += counts.passed;
  failed += counts.failed;
}
report({ passed, failed });
