import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { delimiter, isAbsolute, join, resolve } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const PROBE_MS = 20_000;

/** Why a path cannot be used, or undefined if it can. */
export type PathProblem =
  | 'does not exist'
  | 'is not a directory'
  | 'is a directory'
  | 'is not executable'
  | 'is not readable';

const allowed = (path: string, mode: number): Promise<boolean> =>
  access(path, mode).then(
    () => true,
    () => false,
  );

export async function directoryProblem(path: string): Promise<PathProblem | undefined> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) return 'does not exist';
  if (!found.isDirectory()) return 'is not a directory';
  return (await allowed(path, constants.X_OK)) ? undefined : 'is not readable';
}

export async function fileProblem(path: string, mode: 'read' | 'execute'): Promise<PathProblem | undefined> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) return 'does not exist';
  if (found.isDirectory()) return 'is a directory';
  if (await allowed(path, mode === 'read' ? constants.R_OK : constants.X_OK)) return undefined;
  return mode === 'read' ? 'is not readable' : 'is not executable';
}

/**
 * The absolute path of a program: a name without a slash is searched in `searchPath`, as the system does. Undefined if the
 * name is found nowhere.
 */
export async function locateProgram(name: string, searchPath: string): Promise<string | undefined> {
  if (isAbsolute(name)) return name;
  if (name.includes('/')) return resolve(name);
  for (const folder of searchPath.split(delimiter).filter((part) => part !== '')) {
    const path = join(folder, name);
    if ((await fileProblem(path, 'execute')) === undefined) return path;
  }
  return undefined;
}

export interface Interpreter {
  /** The interpreter itself, where the configured one is a wrapper. */
  readonly executable: string;
  /** As in `3.11.7`. */
  readonly version: string;
}

/** Asks an interpreter for its own path and version. Rejects if it is no Python, or does not answer in time. */
export async function askInterpreter(
  path: string,
  environment: Readonly<Record<string, string>>,
): Promise<Interpreter> {
  const program = 'import sys; print(sys.executable); print("%d.%d.%d" % sys.version_info[:3])';
  const { stdout } = await run(path, ['-I', '-S', '-c', program], { env: environment, timeout: PROBE_MS });
  const [executable = '', version = ''] = stdout.trim().split('\n');
  if (isAbsolute(executable) && /^\d+\.\d+\.\d+$/.test(version)) return { executable, version };
  throw new Error(`unexpected answer ${JSON.stringify(stdout.slice(0, 200))}`);
}

/** The interpreter is missing, cannot be executed, or is too old. The message names it and the setting. */
export class UnusableInterpreter extends Error {
  override readonly name = 'UnusableInterpreter';
}

/** The oldest version that keepers and Thunderline's own worker support. */
const LEAST_MINOR = 10;

/**
 * Finds an interpreter by its path or name, and asks it. Rejects with {@link UnusableInterpreter}.
 *
 * @param setting the variable that names the interpreter, for the error.
 */
export async function usableInterpreter(
  python: string,
  environment: Readonly<Record<string, string>>,
  setting = 'CEREBROS_PYTHON',
): Promise<Interpreter> {
  const path = await locateProgram(python, environment.PATH ?? '');
  if (path === undefined)
    throw new UnusableInterpreter(`the interpreter ${python} of ${setting} is in no directory of PATH`);
  const problem = await fileProblem(path, 'execute');
  if (problem !== undefined) throw new UnusableInterpreter(`the interpreter ${path} of ${setting} ${problem}`);
  let found: Interpreter;
  try {
    found = await askInterpreter(path, environment);
  } catch (error) {
    const { message } = error as Error;
    throw new UnusableInterpreter(`the interpreter ${path} of ${setting} does not run: ${message}`, {
      cause: error,
    });
  }
  const [major = 0, minor = 0] = found.version.split('.').map(Number);
  if (major === 3 && minor >= LEAST_MINOR) return found;
  throw new UnusableInterpreter(
    `the interpreter ${path} of ${setting} is Python ${found.version}; 3.${LEAST_MINOR} or later is needed`,
  );
}
