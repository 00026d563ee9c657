import { Command } from 'commander';
import { release } from '../../store/tables/bridge-operations.ts';
import { printChange } from './print-change.ts';
import { withQueue } from './with-queue.ts';

export const releaseCommand = (): Command =>
  new Command('release')
    .description('let a held run with its held trials, or one held trial, start')
    .argument('<run>', 'the model_run_id')
    .argument('[trial]', 'the trial_id')
    .action((run: string, trial: string | undefined) =>
      withQueue(async (pool) => printChange('released', await release(pool, run, trial), run, trial)),
    );
