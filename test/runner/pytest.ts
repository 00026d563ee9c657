import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Counts, ROOT, run } from './jest.ts';

export interface PytestCounts extends Counts {
  readonly skipped: number;
}

/**
 * Runs the tests of the Python package, or those of some paths; resolves with how many passed, failed and were skipped.
 *
 * @param python path of an interpreter.
 */
export async function countPytest(python: string, paths: readonly string[] = []): Promise<PytestCounts> {
  const folder = mkdtempSync(join(tmpdir(), 'thunderline-pytest-'));
  try {
    const xml = join(folder, 'report.xml');
    const code = await run(python, ['-m', 'pytest', '-q', `--junitxml=${xml}`, ...paths], join(ROOT, 'workers'));
    const suite = /<testsuite [^>]*>/.exec(readFileSync(xml, 'utf8'))?.[0] ?? '';
    const count = (name: string): number => Number(new RegExp(` ${name}="(\\d+)"`).exec(suite)?.[1] ?? 0);
    const failed = count('failures') + count('errors');
    const skipped = count('skipped');
    return {
      passed: count('tests') - failed - skipped,
      failed: failed === 0 && code !== 0 ? 1 : failed,
      skipped,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
