import { Command, InvalidArgumentError } from 'commander';
import { type Config, loadConfig } from '../config.ts';
import { UsageError } from '../errors.ts';
import { type ReplayOptions, type ReplayReport, replay } from '../replay/replay.ts';
import { sinkNames } from '../replay/sink-roles.ts';
import { describeDifferences } from '../replay/verify/describe-differences.ts';
import { archive } from '../roles/archive.ts';
import { TOPIC_NAMES, type Topic } from '../topics.ts';
import { assertWindow, time, wholeNumber } from './arguments.ts';
import { commandLog } from './command-log.ts';
import { printLine } from './print-line.ts';
import { createProgress } from './progress.ts';
import { stopOnSignal } from './stop-on-signal.ts';

interface Options {
  readonly topic: readonly Topic[];
  readonly archive?: { readonly bucket: string; readonly prefix: string };
  readonly sink: string;
  readonly since?: number;
  readonly until?: number;
  readonly run?: string;
  readonly rate?: number;
  readonly dryRun: boolean;
  readonly verify: boolean;
  readonly restart: boolean;
  readonly skipUnreadable: boolean;
}

/** `thunderline replay`: reads records again, from the topics or from the archive, into the sinks. */
export const replayCommand = (): Command =>
  new Command('replay')
    .description('read records again, from the topics or from the archive, into the sinks')
    .option('--topic <names>', 'topics to read, comma-separated', topics, [...archive.reads])
    .option('--archive <address>', 'read an archive instead: s3://bucket/prefix', address)
    .option('--sink <name>', 'sink to write to: a name, or all', 'all')
    .option('--since <time>', 'records with this timestamp or a later one: ISO 8601 or epoch milliseconds', time)
    .option('--until <time>', 'records with an earlier timestamp', time)
    .option('--run <id>', 'records about this run only')
    .option('--rate <n>', 'maximum records per second', wholeNumber)
    .option('--skip-unreadable', 'leave out batches of Kafka that cannot be read, instead of stopping there', false)
    .option('--dry-run', 'read and count records, and write nothing', false)
    .option('--verify', 'compare the tables with the records, and write nothing to them', false)
    .option('--restart', 'start over instead of resuming an interrupted replay of the same selection', false)
    .addHelpText(
      'after',
      '\nAfter an interruption the same command resumes where it stopped. A replay has a consumer group of its own and does\n' +
        'not touch those of the live system. It ends where the topics or the archive ended when it started.',
    )
    .action(async (options: Options) => {
      const config = loadConfig();
      const log = commandLog();
      const signal = stopOnSignal();
      const report = await replay(config, toReplayOptions(options, config), {
        log,
        signal,
        showProgress: (total, already, note) => createProgress(process.stderr, total, already, note),
      });
      print(report, options);
      if (!report.finished) process.exitCode = 130;
      else if (report.differences?.some(({ count }) => count > 0)) process.exitCode = 1;
    });

function toReplayOptions(options: Options, config: Config): ReplayOptions {
  const { archive, dryRun, verify, restart, rate, skipUnreadable } = options;
  if (verify && (dryRun || options.since !== undefined || options.until !== undefined)) {
    throw new UsageError('--verify needs every record of a row: leave out --since, --until and --dry-run');
  }
  assertWindow(options);
  const selection = {
    source: archive === undefined ? 'topics' : `s3://${archive.bucket}/${archive.prefix}`,
    topics: options.topic,
    sinks: sinkNames(verify ? 'postgres' : options.sink, config),
    since: options.since,
    until: options.until,
    run: options.run,
  };
  return { selection, archive, dryRun, verify, restart, rate, skipUnreadable };
}

function print({ tally, finished, records, seconds, differences }: ReplayReport, { dryRun }: Options): void {
  const perSecond = Math.round(records / Math.max(seconds, 0.001)).toLocaleString('en');
  const kinds = [...tally.taken].sort(([a], [b]) => (a < b ? -1 : 1));
  for (const [name, count] of kinds) printLine(`${name.padEnd(20)}  ${count.toLocaleString('en')}`);
  if (tally.leftOut > 0) printLine(`${'left out'.padEnd(20)}  ${tally.leftOut.toLocaleString('en')}`);
  for (const [code, count] of tally.rejected) printLine(`${code.padEnd(20)}  ${count.toLocaleString('en')}`);
  for (const line of tally.examples) printLine(`  ${line}`);
  if (!finished) printLine('stopped: the same command resumes here');
  else if (dryRun) printLine(`dry run: ${records.toLocaleString('en')} records read, nothing written`);
  else printLine(`done: ${records.toLocaleString('en')} records in ${seconds.toFixed(1)} s, ${perSecond}/s`);
  if (differences !== undefined) for (const line of describeDifferences(differences)) printLine(line);
}

/** Dead letters go back to their topics by `deadletters replay` instead. */
const REPLAYED = TOPIC_NAMES.filter((name) => name !== 'ml.deadletters');

function topics(text: string): Topic[] {
  return text.split(',').map((name) => {
    const topic = REPLAYED.find((known) => known === name.trim());
    if (topic === undefined) throw new UsageError(`${name} cannot be replayed: choose from ${REPLAYED.join(', ')}`);
    return topic;
  });
}

function address(text: string): { bucket: string; prefix: string } {
  const [, bucket, prefix] = /^s3:\/\/([^/]+)\/(.+?)\/*$/.exec(text) ?? [];
  if (bucket === undefined || prefix === undefined) throw new InvalidArgumentError('expected s3://bucket/prefix');
  return { bucket, prefix };
}
