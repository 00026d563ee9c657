import { Command } from 'commander';
import { UsageError } from '../../errors.ts';
import { retry } from '../../store/tables/bridge-operations.ts';
import { printLine } from '../print-line.ts';
import { withQueue } from './with-queue.ts';

export const retryCommand = (): Command =>
  new Command('retry')
    .description('run the failed trials of a run again, or one trial that has ended in any way')
    .argument('<run>', 'the model_run_id')
    .argument('[trial]', 'the trial_id')
    .action((run: string, trial: string | undefined) =>
      withQueue(async (pool) => {
        const { trials } = await retry(pool, run, trial);
        if (trials > 0)
          return printLine(`queued again: ${trials} ${trials === 1 ? 'trial' : 'trials'} of the run ${run}`);
        const missing =
          trial === undefined
            ? `the run ${run} has no failed trial`
            : `the trial ${trial} of the run ${run} has not ended`;
        throw new UsageError(`${missing}, or its end is not published yet: see "npx thunderline queue show"`);
      }),
    );
