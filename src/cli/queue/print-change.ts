import { UsageError } from '../../errors.ts';
import type { Changed } from '../../store/tables/bridge-operations.ts';
import { printLine } from '../print-line.ts';

/** Prints the effect of an operation. Throws {@link UsageError} if it had none. */
export function printChange(verb: string, { runs, trials }: Changed, run: string, trial?: string): void {
  const name = trial === undefined ? `the run ${run}` : `the trial ${trial} of the run ${run}`;
  if (runs + trials === 0) {
    throw new UsageError(`${name} could not be ${verb}: see "npx thunderline queue show" for its state`);
  }
  const count = trial === undefined && trials > 0 ? `, with ${trials} ${trials === 1 ? 'trial' : 'trials'}` : '';
  printLine(`${verb} ${name}${count}`);
}
