import { Command } from 'commander';
import { hold } from '../../store/tables/bridge-operations.ts';
import { printChange } from './print-change.ts';
import { withQueue } from './with-queue.ts';

export const holdCommand = (): Command =>
  new Command('hold')
    .description('keep the queued trials of a run, or one queued trial, from starting; running trials continue')
    .argument('<run>', 'the model_run_id')
    .argument('[trial]', 'the trial_id')
    .action((run: string, trial: string | undefined) =>
      withQueue(async (pool) => printChange('held', await hold(pool, run, trial), run, trial)),
    );
