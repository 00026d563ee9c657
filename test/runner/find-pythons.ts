import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** A Python interpreter of this machine. */
export interface Interpreter {
  /** Such as 3.12.1. */
  readonly version: string;
  readonly program: string;
}

/** The versions that the package supports (`requires-python`); a new one is added here. */
export const MINOR_VERSIONS = [10, 11, 12, 13] as const;

const DESCRIBE = 'import sys, venv, ensurepip; print("%d.%d.%d" % sys.version_info[:3])';

/** One interpreter for each supported version that this machine has: on the path, of pyenv, or of uv. */
export function findPythons(environment: NodeJS.ProcessEnv = process.env): Interpreter[] {
  const folders = [
    join(environment.PYENV_ROOT ?? join(homedir(), '.pyenv'), 'versions'),
    join(environment.UV_PYTHON_INSTALL_DIR ?? join(homedir(), '.local/share/uv/python')),
  ].flatMap((folder) => subfolders(folder).map((name) => join(folder, name, 'bin')));
  return MINOR_VERSIONS.flatMap((minor) => {
    const name = `python3.${minor}`;
    for (const program of [name, ...folders.map((folder) => join(folder, name))]) {
      const version = versionOf(program, environment);
      if (version?.startsWith(`3.${minor}.`)) return [{ version, program }];
    }
    return [];
  });
}

function subfolders(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Such as 3.12.1; undefined unless the program is a Python that can create environments. */
export function versionOf(program: string, env: NodeJS.ProcessEnv = process.env): string | undefined {
  try {
    const output = execFileSync(program, ['-c', DESCRIBE], { env, encoding: 'utf8', stdio: 'pipe', timeout: 30_000 });
    return output.trim();
  } catch {
    return undefined;
  }
}
