import { Command } from 'commander';
import { UsageError } from '../errors.ts';
import { isDots } from '../events/dots.ts';
import { type CommandTarget, postCommand } from './post-command.ts';
import { printLine } from './print-line.ts';
import { apiKeyArgument, apiKeyFileOption } from './read-api-key.ts';

/** `thunderline cancel study-1` or `thunderline cancel study-1 trial-7`: cancels a run, or one of its trials. */
export const cancelCommand = (): Command =>
  new Command('cancel')
    .description('cancel every trial of a run that has not ended, or one of them, queued or running')
    .argument('<run>', 'model_run_id')
    .argument('[trial]', 'trial_id')
    .option('--url <url>', 'a process with the role commands (default: this machine, PORT)')
    .addOption(apiKeyFileOption('command'))
    .addOption(apiKeyArgument())
    .action(cancel);

/** Throws for an id that the path would lose: a cancellation of the trial ".." would be one of its run. */
function requireAddress(id: string): void {
  if (!isDots(id)) return;
  throw new UsageError(`no address can have the id "${id}": "npx thunderline queue hold" stops what is queued`);
}

async function cancel(run: string, trial: string | undefined, target: CommandTarget): Promise<void> {
  for (const id of trial === undefined ? [run] : [run, trial]) requireAddress(id);
  const ofTrial = trial === undefined ? '' : `/trials/${encodeURIComponent(trial)}`;
  const answer = await postCommand(target, `/api/runs/${encodeURIComponent(run)}${ofTrial}/cancel`, 'the cancellation');
  const of = answer.trial_id === undefined ? 'run' : `trial ${answer.trial_id} of run`;
  printLine(`the ${of} ${answer.model_run_id} is to be cancelled; "npx thunderline queue" shows what still runs`);
}
