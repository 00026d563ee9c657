import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Counts, ROOT, run } from './jest.ts';

/** Runs the tests of the Python package; resolves with how many passed and failed. @param python path of an interpreter. */
export async function countPytest(python: string): Promise<Counts> {
  const folder = mkdtempSync(join(tmpdir(), 'thunderline-pytest-'));
  try {
    const xml = join(folder, 'report.xml');
    const code = await run(python, ['-m', 'pytest', '-q', `--junitxml=${xml}`], join(ROOT, 'workers'));
    const suite = /<testsuite [^>]*>/.exec(readFileSync(xml, 'utf8'))?.[0] ?? '';
    const count = (name: string): number => Number(new RegExp(` ${name}="(\\d+)"`).exec(suite)?.[1] ?? 0);
    const failed = count('failures') + count('errors');
    return {
      passed: count('tests') - failed - count('skipped'),
      failed: failed === 0 && code !== 0 ? 1 : failed,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
