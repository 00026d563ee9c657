import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { Command, Option } from 'commander';
import { GREATEST_PRIORITY } from '../bridge/commands/parse-command.ts';
import { DIRECTIONS, PRUNERS, SAMPLERS } from '../bridge/study/study-spec.ts';
import { UsageError } from '../errors.ts';
import { type RunProgress, runProgress } from '../store/queries/run-progress.ts';
import { wholeNumber, wholeNumberFrom } from './arguments.ts';
import { type CommandTarget, postCommand } from './post-command.ts';
import { printLine } from './print-line.ts';
import { drawProgress } from './progress.ts';
import { withQueue } from './queue/with-queue.ts';
import { apiKeyArgument, apiKeyFileOption } from './read-api-key.ts';

interface Options extends CommandTarget {
  readonly trials: number;
  readonly parallelism?: number;
  readonly searchSpace?: string;
  readonly run?: string;
  readonly spectralNorm?: string;
  readonly metric?: string;
  readonly direction?: string;
  readonly sampler?: string;
  readonly pruner?: string;
  readonly seed?: number;
  readonly priority?: number;
  readonly timeoutMs?: number;
  readonly payload?: string;
  readonly wait?: boolean;
}

const POLL_MS = 500;

/** `thunderline run --trials 20 --parallelism 4 --search-space space.json`: starts a study. */
export const runCommand = (): Command =>
  new Command('run')
    .description('start a study: its trials run on the bridges, with the hyperparameters that its search chooses')
    .requiredOption('--trials <n>', 'number of trials', wholeNumber)
    .option(
      '--parallelism <n>',
      'trials at the same time, at most (default: as many as there are workers)',
      wholeNumber,
    )
    .option('--search-space <file>', 'JSON file of distributions by hyperparameter; docs/bridge.md describes them')
    .option('--run <id>', 'model_run_id (default: a new one)')
    .addOption(new Option('--spectral-norm <choice>', 'default: both').choices(['both', 'true', 'false']))
    .option('--metric <name>', 'the final metric that the search optimises (default: val_accuracy)')
    .addOption(new Option('--direction <direction>', 'default: maximize').choices(DIRECTIONS))
    .addOption(new Option('--sampler <name>', 'default: tpe').choices(SAMPLERS))
    .addOption(new Option('--pruner <name>', 'default: median').choices(PRUNERS))
    .option('--seed <n>', 'makes the search repeatable', wholeNumberFrom(0))
    .option(
      '--priority <n>',
      'a higher one runs first (default: 0)',
      wholeNumberFrom(-GREATEST_PRIORITY, GREATEST_PRIORITY),
    )
    .option('--timeout-ms <n>', 'time for one attempt of a trial, in milliseconds', wholeNumber)
    .option('--payload <file>', 'JSON file of an object that every worker gets')
    .option('--url <url>', 'a process with the role commands (default: this machine, PORT)')
    .addOption(apiKeyFileOption('command'))
    .addOption(apiKeyArgument())
    .option('--wait', 'show the progress until the study has ended (DATABASE_URL); exit with 1 unless it completed')
    .action(run);

async function run(options: Options): Promise<void> {
  const { model_run_id } = await postCommand(options, '/api/runs', 'the study', await studyOf(options));
  printLine(model_run_id);
  if (options.wait) await follow(model_run_id);
}

async function studyOf(options: Options): Promise<object> {
  const [search_space, payload] = [await readJson(options.searchSpace), await readJson(options.payload)];
  return {
    model_run_id: options.run,
    n_trials: options.trials,
    parallelism: options.parallelism,
    search_space,
    spectral_norm: options.spectralNorm,
    metric: options.metric,
    direction: options.direction,
    sampler: options.sampler,
    pruner: options.pruner,
    seed: options.seed,
    priority: options.priority,
    timeout_ms: options.timeoutMs,
    payload,
  };
}

async function readJson(file: string | undefined): Promise<unknown> {
  if (file === undefined) return undefined;
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    throw new UsageError(`cannot read ${file}: ${(error as Error).message}`, { cause: error });
  }
}

/** Shows the progress of a study until it has ended. */
async function follow(run: string): Promise<void> {
  await withQueue(async (pool) => {
    let progress: RunProgress | undefined;
    const drawing = drawProgress(process.stderr, () => viewOf(progress));
    try {
      for (;;) {
        progress = await runProgress(pool, run);
        if (progress?.outcome) break;
        await sleep(POLL_MS);
      }
    } finally {
      drawing.end();
    }
    printLine(`${progress.outcome}: ${describe(progress)}`);
    if (progress.outcome !== 'completed') process.exitCode = 1;
  });
}

const viewOf = (progress: RunProgress | undefined): { share: number; text: string } =>
  progress === undefined
    ? { share: 0, text: 'waits for a bridge to read the command' }
    : { share: progress.ended / Math.max(1, progress.trials), text: describe(progress) };

const describe = ({ trials, ended, running, completed, failed, cancelled, skipped }: RunProgress): string =>
  `${ended} of ${trials} trials have ended, ${running} running; ${completed} completed, ${failed} failed, ` +
  `${skipped} skipped, ${cancelled} cancelled`;
