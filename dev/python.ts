import { join } from 'node:path';
import { folderOf, pinned } from './install.ts';
import type { Installer } from './part.ts';
import { findPython } from './prerequisites.ts';

/** One Python for the MLflow server and for the demo's training loops, named after every pinned package. */
export const PYTHON_FOLDER = folderOf('python', pinned('python.txt'), pinned('uv.txt'));

export function pythonProgram(parts: string): string {
  return join(parts, PYTHON_FOLDER, 'bin/python');
}

/** Fetched with uv, itself fetched with pip: ten times faster than pip alone. Every file is checked against its hash. */
export async function installPython(installer: Installer): Promise<void> {
  await installer.install(join(installer.parts, PYTHON_FOLDER), 'its Python packages, 130 MB', async (temporary) => {
    const base = findPython(installer.environment);
    const uv = join(temporary, 'uv');
    const common = { environment: installer.environment, cwd: temporary };
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--require-hashes'];
    await installer.run('Creating a Python environment (python3-venv)', {
      file: base,
      args: ['-m', 'venv', uv],
      ...common,
    });
    await installer.run('Fetching uv with pip', {
      file: join(uv, 'bin/python'),
      args: [...pip, '--requirement', join(import.meta.dirname, 'uv.txt')],
      ...common,
    });
    const run = (what: string, ...args: string[]): Promise<void> =>
      installer.run(what, { file: join(uv, 'bin/uv'), args, ...common });
    // The folder is renamed when it is whole, so no path inside may name it.
    await run(
      'Creating a Python environment',
      'venv',
      '--quiet',
      '--relocatable',
      '--python',
      base,
      '--allow-existing',
      temporary,
    );
    await run(
      'Fetching the Python packages',
      ...['pip', 'install', '--quiet', '--no-progress', '--require-hashes'],
      ...['--python', join(temporary, 'bin/python'), '--requirement', join(import.meta.dirname, 'python.txt')],
    );
  });
}
