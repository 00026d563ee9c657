import { dirname, resolve } from 'node:path';
import { directoryProblem, fileProblem, locateProgram } from '../process/interpreter.ts';

/** The worker script of the configuration, as absolute paths. */
export interface Script {
  readonly python: string;
  readonly path: string;
  readonly directory: string;
}

export interface ScriptSettings {
  /** `CEREBROS_PYTHON`: a path, or a name that is searched in `PATH`. */
  readonly python: string;
  /** `CEREBROS_SCRIPT_PATH`; undefined: Thunderline's own worker. */
  readonly scriptPath: string | undefined;
  /** `CEREBROS_REPO_PATH`; undefined: the directory of the script. */
  readonly repoPath: string | undefined;
}

export const OWN_WORKER = resolve(import.meta.dirname, '../../../workers/thunderline/worker/cerebros_service.py');

/** The script, or why it cannot be used. */
export type LocatedScript =
  | { readonly ok: true; readonly script: Script }
  | { readonly ok: false; readonly why: string };

/**
 * Looks up interpreter, script and directory before each start: the system reports ENOENT of the interpreter also where the
 * directory is missing.
 */
export async function locateScript(
  { python, scriptPath, repoPath }: ScriptSettings,
  searchPath: string,
): Promise<LocatedScript> {
  const interpreter = await locateProgram(python, searchPath);
  const path = resolve(scriptPath ?? OWN_WORKER);
  const directory = resolve(repoPath ?? dirname(path));
  if (interpreter === undefined) {
    return { ok: false, why: `the interpreter ${python} of CEREBROS_PYTHON is in no directory of PATH` };
  }
  const interpreterProblem = await fileProblem(interpreter, 'execute');
  if (interpreterProblem !== undefined) {
    return { ok: false, why: `the interpreter ${interpreter} of CEREBROS_PYTHON ${interpreterProblem}` };
  }
  const scriptProblem = await fileProblem(path, 'read');
  if (scriptProblem !== undefined) {
    return { ok: false, why: `the script ${path} of CEREBROS_SCRIPT_PATH ${scriptProblem}` };
  }
  const repoProblem = await directoryProblem(directory);
  if (repoProblem !== undefined) {
    return { ok: false, why: `the directory ${directory} of CEREBROS_REPO_PATH ${repoProblem}` };
  }
  return { ok: true, script: { python: interpreter, path, directory } };
}
