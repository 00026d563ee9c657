import { Command } from 'commander';
import { holdCommand } from './queue/hold.ts';
import { listQueue, listQueueCommand } from './queue/list.ts';
import { releaseCommand } from './queue/release.ts';
import { retryCommand } from './queue/retry.ts';
import { setCommand } from './queue/set.ts';
import { showCommand } from './queue/show.ts';
import { withQueue } from './queue/with-queue.ts';

/** `thunderline queue`: the trials that wait for a worker and the reason, and operations on them. */
export const queueCommand = (): Command =>
  new Command('queue')
    .description('list the runs that have not ended, and why their trials wait; hold, release, reorder or retry them')
    .action(() => withQueue((pool) => listQueue(pool, {})))
    .addCommand(listQueueCommand())
    .addCommand(showCommand())
    .addCommand(holdCommand())
    .addCommand(releaseCommand())
    .addCommand(setCommand())
    .addCommand(retryCommand());
