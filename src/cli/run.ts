import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { Command, Option } from 'commander';
import { GREATEST_PRIORITY } from '../bridge/commands/parse-command.ts';
import { DIRECTIONS, PRUNERS, SAMPLERS } from '../bridge/study/study-spec.ts';
import { loadConfig } from '../config.ts';
import { UsageError } from '../errors.ts';
import { type RunProgress, runProgress } from '../store/queries/run-progress.ts';
import { numberFrom, wholeNumber } from './arguments.ts';
import { printLine } from './print-line.ts';
import { drawProgress } from './progress.ts';
import { withQueue } from './queue/with-queue.ts';
import { apiKeyArgument, apiKeyFileOption, apiKeyRemedy, readApiKey } from './read-api-key.ts';

interface Options {
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
  readonly url?: string;
  readonly apiKeyFile?: string;
  readonly wait?: boolean;
}

const ANSWER_TIMEOUT_MS = 30_000;
const ATTEMPTS = 3;
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
    .option('--seed <n>', 'makes the search repeatable', numberFrom(0))
    .option('--priority <n>', 'a higher one runs first (default: 0)', numberFrom(-GREATEST_PRIORITY, GREATEST_PRIORITY))
    .option('--timeout-ms <n>', 'time for one attempt of a trial, in milliseconds', wholeNumber)
    .option('--payload <file>', 'JSON file of an object that every worker gets')
    .option('--url <url>', 'a process with the role commands (default: this machine, PORT)')
    .addOption(apiKeyFileOption('command'))
    .addOption(apiKeyArgument())
    .option('--wait', 'show the progress until the study has ended (DATABASE_URL); exit with 1 unless it completed')
    .action(run);

async function run(options: Options): Promise<void> {
  const { url = `http://127.0.0.1:${loadConfig().http.port}`, wait } = options;
  const body = JSON.stringify(await studyOf(options));
  const { model_run_id } = await post(new URL('/api/runs', url), body, await readApiKey(options.apiKeyFile));
  printLine(model_run_id);
  if (wait) await follow(model_run_id);
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

interface Answered {
  readonly model_run_id: string;
  readonly code?: string;
  readonly detail?: string;
  readonly faults?: readonly { readonly path: string; readonly message: string }[];
}

/** Posts the study. An answer that is lost is asked for again under the same key, which starts no second study. */
async function post(url: URL, body: string, apiKey: string | undefined): Promise<Answered> {
  const headers = {
    'content-type': 'application/json',
    'idempotency-key': randomUUID(),
    ...(apiKey !== undefined && { authorization: `Bearer ${apiKey}` }),
  };
  for (let attempt = 1; ; attempt += 1) {
    const answer = await ask(url, { method: 'POST', headers, body }).catch((error: Error) => error);
    const isLast = attempt === ATTEMPTS;
    if (answer instanceof Error) {
      if (isLast) throw new UsageError(`${url.origin} does not answer: ${answer.message}`, { cause: answer });
    } else if (answer.status === 202) return answer.body;
    else if (isLast || answer.status < 500) throw refused(answer);
    await sleep(POLL_MS * attempt);
  }
}

async function ask(url: URL, request: RequestInit): Promise<{ readonly status: number; readonly body: Answered }> {
  const answer = await fetch(url, { ...request, signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS) });
  const text = await answer.text();
  const isJson = /json/.test(answer.headers.get('content-type') ?? '');
  return { status: answer.status, body: isJson ? JSON.parse(text) : { detail: text.slice(0, 300) } };
}

function refused({ status, body }: { readonly status: number; readonly body: Answered }): UsageError {
  const faults = body.faults?.map(({ path, message }) => `\n  ${path} ${message}`).join('') ?? '';
  const what = faults === '' ? body.detail : 'the study was refused:';
  return new UsageError(`${status} ${body.code ?? ''}: ${what}${faults}${apiKeyRemedy(status, 'command')}`);
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
