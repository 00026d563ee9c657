import { Command } from 'commander';
import { GREATEST_PARALLELISM, GREATEST_PRIORITY } from '../../bridge/commands/parse-command.ts';
import { UsageError } from '../../errors.ts';
import { reorderRun, reorderTrial } from '../../store/tables/bridge-operations.ts';
import { wholeNumberFrom } from '../arguments.ts';
import { printChange } from './print-change.ts';
import { withQueue } from './with-queue.ts';

interface Options {
  readonly priority?: number;
  readonly parallelism?: number | 'none';
}

const parsePriority = wholeNumberFrom(-GREATEST_PRIORITY, GREATEST_PRIORITY);
const parseLimit = wholeNumberFrom(1, GREATEST_PARALLELISM);

/** `thunderline queue set RUN [TRIAL] --priority 5 --parallelism 8` */
export const setCommand = (): Command =>
  new Command('set')
    .description('change the priority or the parallelism of a run, or the priority of a waiting trial within its run')
    .argument('<run>', 'the model_run_id')
    .argument('[trial]', 'the trial_id')
    .option('--priority <n>', `-${GREATEST_PRIORITY} to ${GREATEST_PRIORITY}; a higher one runs first`, parsePriority)
    .option('--parallelism <n>', 'trials that run at the same time, or "none" for no limit', parseParallelism)
    .action((run: string, trial: string | undefined, options: Options) => set(run, trial, options));

async function set(run: string, trial: string | undefined, { priority, parallelism }: Options): Promise<void> {
  if (priority === undefined && parallelism === undefined) throw new UsageError('give --priority or --parallelism');
  if (trial === undefined) {
    return withQueue(async (pool) =>
      printChange(
        'changed',
        await reorderRun(pool, run, { priority, parallelism: parallelism === 'none' ? null : parallelism }),
        run,
      ),
    );
  }
  if (priority === undefined || parallelism !== undefined) throw new UsageError('a trial has only a --priority');
  return withQueue(async (pool) => printChange('changed', await reorderTrial(pool, run, trial, priority), run, trial));
}

/** Not null for no limit: commander replaces that by an empty text. */
const parseParallelism = (text: string): number | 'none' => (text === 'none' ? text : parseLimit(text));
