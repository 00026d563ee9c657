import { Command } from 'commander';
import type { Connections } from '../connections.ts';
import { type SkippedBatch, skipBatch } from '../replay/dead-letters/skip-batch.ts';
import { describeUnreadable } from '../runtime/unreadable.ts';
import { index } from './arguments.ts';
import { printLine } from './print-line.ts';

/**
 * `thunderline deadletters skip`: passes over a batch of Kafka that cannot be read.
 *
 * @param connected runs the command with connections.
 */
export const skipBatchCommand = (
  connected: (work: (connections: Connections) => Promise<void>) => Promise<void>,
): Command =>
  new Command('skip')
    .description('pass over a batch of Kafka that cannot be read; it becomes a dead letter')
    .requiredOption('--group <id>', 'consumer group that waits at the batch, as /health/ready names it')
    .requiredOption('--topic <name>', 'topic of the batch')
    .requiredOption('--partition <n>', 'partition of the batch', index)
    .requiredOption('--offset <n>', 'offset of a record of the batch', index)
    .addHelpText(
      'after',
      '\nA consumer that reaches such a batch waits there, and /health/ready names it with the command to skip it. First\n' +
        'try a larger KAFKA_MAX_BATCH_BYTES. Skip the batch separately for each group that reads the topic.',
    )
    .action((options: SkippedBatch) =>
      connected(async (connections) => {
        const unreadable = await skipBatch(connections, options);
        printLine(`${unreadable.topic}/${unreadable.partition}: ${describeUnreadable(unreadable)}`);
        printLine(
          `${options.group} passes over it within a few seconds, or when its consumer next starts; ` +
            'then "thunderline deadletters list --reason unreadable_batch" shows it',
        );
      }),
    );
