import { join } from 'node:path';
import { installPython, type PythonEnvironment, pythonEnvironment, pythonProgram } from '../../dev/parts/python.ts';
import { HOME, PARTS_FOLDER } from '../../dev/stack/folders.ts';
import type { Interpreter } from './find-pythons.ts';
import { createTestInstaller } from './test-installer.ts';

/** The Python that tests run with; `python.txt` pins its packages. */
export const TEST_PYTHON = pythonEnvironment(
  'test-python',
  join(import.meta.dirname, 'python.txt'),
  'the Python of the tests',
);

/** The same packages on another interpreter. */
export const testPythonOf = ({ version, program }: Interpreter): PythonEnvironment => ({
  ...TEST_PYTHON,
  folder: `${TEST_PYTHON.folder}-${version}`,
  what: `Python ${version} of the tests`,
  base: program,
});

/** Installs an environment unless it is installed, and returns the path of its interpreter. */
export async function installTestPython(environment: PythonEnvironment = TEST_PYTHON): Promise<string> {
  const installer = createTestInstaller('test-python', join(HOME, 'test'));
  await installPython(installer, environment);
  return pythonProgram(PARTS_FOLDER, environment);
}
