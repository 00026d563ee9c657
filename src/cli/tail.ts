import { readFile, rename, writeFile } from 'node:fs/promises';
import { Command } from 'commander';
import { UsageError } from '../errors.ts';
import { followLive, type LiveFrame, LiveRefused } from '../live/follow-live.ts';
import { ownAddress } from './own-address.ts';
import { printLine, printNote } from './print-line.ts';
import { apiKeyArgument, apiKeyFileOption, apiKeyRemedy, readApiKey } from './read-api-key.ts';
import { stopOnSignal } from './stop-on-signal.ts';
import { linesOfFrame, objectsOfFrame } from './tail/lines-of-frame.ts';

interface Options {
  readonly run: readonly string[];
  readonly trial: readonly string[];
  readonly metric: readonly string[];
  readonly points: boolean;
  readonly hz: string;
  readonly from?: string;
  readonly position?: string;
  readonly json?: boolean;
  readonly url?: string;
  readonly apiKeyFile?: string;
}

const SAVE_MS = 1_000;

const collect = (value: string, values: readonly string[]): string[] => [...values, value];

/** `thunderline tail --run m1 --metric loss`: the live feed in a terminal. */
export const tailCommand = (): Command =>
  new Command('tail')
    .description('print events and points while they arrive, until it is interrupted')
    .option('--run <id>', 'only this model_run_id (may be repeated)', collect, [])
    .option('--trial <id>', 'only this trial_id (may be repeated)', collect, [])
    .option('--metric <name>', 'only this metric, and all other events (may be repeated)', collect, [])
    .option('--no-points', 'no points: starts and ends of runs and trials, artifacts and commands')
    .option('--hz <n>', 'how often the server sends, a second: 1, 2, 4, 5, 10 or 20', '10')
    .option('--from <id>', 'continue after this position: as_of of an answer, or the id of a frame')
    .option('--position <file>', 'keep the position in this file, and continue from it')
    .option('--json', 'one JSON object a line')
    .option('--url <url>', 'a process with the role live (default: this machine, PORT)')
    .addOption(apiKeyFileOption('read'))
    .addOption(apiKeyArgument())
    .action(tail);

async function tail(options: Options): Promise<void> {
  const { url = ownAddress(), position: file, json } = options;
  const key = await readApiKey(options.apiKeyFile);
  const position = options.from ?? (await readPositionFile(file));
  const signal = stopOnSignal();

  let last = position;
  const onFrame = (frame: LiveFrame): void => {
    for (const line of json ? objectsOfFrame(frame).map((one) => JSON.stringify(one)) : linesOfFrame(frame))
      printLine(line);
    if (frame.name === 'reset') printNote(`The feed cannot continue: ${frame.data.detail}. Lines may be missing here.`);
    if (frame.name === 'gap') printNote(gapNote(frame.data.series.length, frame.data.more));
    last = frame.id;
  };
  const saved = keepPosition(file, () => last);
  try {
    await followLive({
      url: addressOf(url, options),
      headers: key === undefined ? {} : { authorization: `Bearer ${key}` },
      ...(position !== undefined && { position }),
      signal,
      onFrame,
      onInterrupted: (cause, pauseMs) =>
        printNote(`Interrupted (${cause}); continues in ${(pauseMs / 1_000).toFixed(1)} s from ${last ?? 'the end'}`),
    });
  } catch (error) {
    if (error instanceof LiveRefused)
      throw new UsageError(`${error.message}${apiKeyRemedy(error.status, 'read')}`, { cause: error });
    throw error;
  } finally {
    await saved.stop();
  }
}

const gapNote = (series: number, more: boolean): string =>
  `This terminal was too slow: points of ${more ? 'at least ' : ''}${series} series are left out here. The tables have them.`;

function addressOf(url: string, { run, trial, metric, points, hz }: Options): string {
  const address = new URL('/api/live', url);
  for (const value of run) address.searchParams.append('model_run_id', value);
  for (const value of trial) address.searchParams.append('trial_id', value);
  for (const value of metric) address.searchParams.append('metric', value);
  if (!points) address.searchParams.set('points', 'false');
  address.searchParams.set('hz', hz);
  return address.href;
}

async function readPositionFile(file: string | undefined): Promise<string | undefined> {
  if (file === undefined) return undefined;
  try {
    return (await readFile(file, 'utf8')).trim() || undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new UsageError(`cannot read the position in ${file}: ${(error as Error).message}`, { cause: error });
  }
}

/** Writes the position into the file now and then, and at the end: whole, by a rename. */
function keepPosition(file: string | undefined, positionOf: () => string | undefined): { stop(): Promise<void> } {
  if (file === undefined) return { stop: async () => undefined };
  let written: string | undefined;
  let writing: Promise<void> = Promise.resolve();
  const save = async (): Promise<void> => {
    const position = positionOf();
    if (position === undefined || position === written) return;
    await writeFile(`${file}.new`, `${position}\n`);
    await rename(`${file}.new`, file);
    written = position;
  };
  const timer = setInterval(() => {
    writing = writing.then(save);
    writing.catch(() => undefined);
  }, SAVE_MS);
  return {
    async stop() {
      clearInterval(timer);
      await writing.catch(() => undefined);
      await save();
    },
  };
}
