import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { withDatabase } from '../place.ts';

const run = promisify(execFile);
const SCRIPT = join(import.meta.dirname, 'optuna_alone.py');

/** Trials a second of a study that Optuna itself runs on the same Postgres, in `processes` processes. */
export const measureOptunaAlone = (python: string, processes: number, trials: number): Promise<number> =>
  withDatabase(async (databaseUrl) => {
    const { stdout } = await run(python, [SCRIPT, databaseUrl, String(processes), String(trials)]);
    return Number(stdout);
  });
