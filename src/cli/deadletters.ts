import { Command, InvalidArgumentError } from 'commander';
import { type Config, loadConfig } from '../config.ts';
import { type Connections, withConnections } from '../connections.ts';
import { UsageError } from '../errors.ts';
import { type LetterFilter, matches } from '../replay/dead-letters/letter-filter.ts';
import { LetterIndex } from '../replay/dead-letters/letter-index.ts';
import { readDeadLetters } from '../replay/dead-letters/read-dead-letters.ts';
import { replayLetters } from '../replay/dead-letters/replay-letters.ts';
import type { StoredLetter } from '../replay/dead-letters/stored-letter.ts';
import { type Topic, topicName } from '../topics.ts';
import { assertWindow, consumer, errorCode, time, topic, wholeNumber } from './arguments.ts';
import { commandLog } from './command-log.ts';
import { printLine } from './print-line.ts';
import { skipBatchCommand } from './skip-batch.ts';

interface FilterOptions {
  readonly stage?: string;
  readonly reason?: string;
  readonly topic?: Topic;
  readonly since?: number;
  readonly until?: number;
}

interface ListOptions extends FilterOptions {
  readonly limit?: number;
}

/** `thunderline deadletters list|show|replay|skip`: the records that could not be processed, and another attempt. */
export function deadlettersCommand(): Command {
  const command = new Command('deadletters').description(
    'list, show or replay records that could not be processed; skip batches that cannot be read',
  );
  withFilters(command.command('list').description('one line for each dead letter, the latest last'))
    .option('--limit <n>', 'list at most n, the latest (default: all)', wholeNumber)
    .action((options: ListOptions) => connected((connections) => list(options, connections)));
  command
    .command('show')
    .description('everything about one dead letter')
    .argument('<id>', 'partition:offset, as list prints it', letterId)
    .action((id: string) => connected((connections) => show(id, connections)));
  withFilters(command.command('replay').description('send dead letters back to the topics they were read from'))
    .argument('[ids...]', 'the dead letters to replay; all that match if none is given', letterIds)
    .option('--limit <n>', 'maximum number of dead letters to replay (default: all)', wholeNumber)
    .option('--max-replays <n>', 'maximum number of replays of one record, over all its failures', wholeNumber, 3)
    .option('--again', 'include dead letters that were replayed already', false)
    .option('--dry-run', 'list the dead letters that would be replayed, and send nothing', false)
    .action((ids: string[], options: ReplayOptions) => connected((connections) => replay(ids, options, connections)));
  return command.addCommand(skipBatchCommand(connected));
}

const withFilters = (command: Command): Command =>
  command
    .option('--stage <name>', 'rejected by this consumer', consumer)
    .option('--reason <code>', 'rejected for this reason, a code of docs/errors.md', errorCode)
    .option('--topic <name>', 'read from this topic, without the prefix', topic)
    .option('--since <time>', 'rejected at this time or later: ISO 8601 or epoch milliseconds', time)
    .option('--until <time>', 'rejected before this time', time);

function filterOf({ topic: name, ...options }: FilterOptions, config: Config): LetterFilter {
  assertWindow(options);
  return { ...options, topic: name && topicName(config.kafka.topicPrefix, name) };
}

/** Runs one of these commands; they decode with the schemas that exist and register none. */
const connected = (work: (connections: Connections) => Promise<void>): Promise<void> =>
  withConnections(loadConfig(), commandLog(), { purpose: 'deadletters', registers: [] }, work);

async function list({ limit, ...options }: ListOptions, connections: Connections): Promise<void> {
  const filter = filterOf(options, connections.config);
  const letters = new Map<string, { readonly failedAt: number; readonly line: string }>();
  const index = new LetterIndex();
  await readDeadLetters(connections, {
    onLetters(read) {
      for (const stored of read) {
        index.add(stored);
        if (!matches(stored, filter)) continue;
        letters.set(stored.id, { failedAt: stored.letter.failed_at, line: describe(stored) });
      }
    },
    onSettled: (id) => index.settle(id),
  });
  const found = [...letters].sort(([, a], [, b]) => a.failedAt - b.failedAt);
  const isReplayed = (id: string): boolean => index.replayedAs(id) !== undefined;
  const shown = limit === undefined ? found : found.slice(-limit);
  for (const [id, { line }] of shown) printLine(`${line}${isReplayed(id) ? '  replayed' : ''}`);
  const replayed = found.filter(([id]) => isReplayed(id)).length;
  const rest = shown.length < found.length ? `, showing the latest ${shown.length}` : '';
  printLine(`${found.length} dead ${found.length === 1 ? 'letter' : 'letters'}, ${replayed} replayed${rest}`);
}

function describe({ id, letter }: StoredLetter): string {
  const where = `${letter.topic}/${letter.partition}@${letter.offset}`;
  const at = new Date(letter.failed_at).toISOString();
  const replays = letter.replays === 0 ? '' : `  (replays: ${letter.replays})`;
  return `${id.padEnd(10)}  ${at}  ${letter.stage.padEnd(8)}  ${letter.reason.padEnd(20)}  ${where}${replays}  ${letter.message}`;
}

const times = (count: number): string => (count === 1 ? 'once' : `${count} times`);

async function show(id: string, connections: Connections): Promise<void> {
  let found: StoredLetter | undefined;
  let replayed = 0;
  const index = new LetterIndex();
  await readDeadLetters(connections, {
    onLetters(letters) {
      for (const stored of letters) index.add(stored);
      found ??= letters.find((stored) => stored.id === id);
    },
    onSettled(settled) {
      index.settle(settled);
      if (settled === id) replayed += 1;
    },
  });
  if (found === undefined) throw new UsageError(`there is no dead letter ${id}: see "thunderline deadletters list"`);
  const { key, value, headers, timestamp, failed_at, ...rest } = found.letter;
  const replayedAs = index.replayedAs(id);
  const how = replayedAs === id ? `, replayed ${times(replayed)}` : `, replayed as ${replayedAs}`;
  printLine(`id          ${id}${replayedAs === undefined ? '' : how}`);
  for (const [name, each] of Object.entries(rest)) printLine(`${name.padEnd(10)}  ${each}`);
  printLine(`timestamp   ${new Date(timestamp).toISOString()}`);
  printLine(`failed_at   ${new Date(failed_at).toISOString()}`);
  printLine(`key         ${key === null ? 'none' : JSON.stringify(key.toString())}`);
  for (const header of headers) printLine(`header      ${header.key}: ${header.value?.toString() ?? 'none'}`);
  printLine(`value       ${value === null ? 'none' : `${value.length} bytes`}`);
  if (value !== null) for (const line of hexDump(value)) printLine(line);
  const codec = await connections.codec();
  const content = await codec.decode(value);
  printLine(
    content.ok ? `decoded     ${content.name} ${JSON.stringify(content.record)}` : `not decoded ${content.message}`,
  );
}

const MAX_DUMPED_BYTES = 512;

function hexDump(bytes: Buffer): string[] {
  const lines: string[] = [];
  for (let at = 0; at < Math.min(bytes.length, MAX_DUMPED_BYTES); at += 16) {
    const row = bytes.subarray(at, Math.min(at + 16, MAX_DUMPED_BYTES));
    const text = row.toString('latin1').replaceAll(/[^ -~]/g, '.');
    lines.push(
      `  ${at.toString(16).padStart(4, '0')}  ${row.toString('hex').replaceAll(/../g, '$& ').padEnd(48)} ${text}`,
    );
  }
  if (bytes.length > MAX_DUMPED_BYTES) lines.push(`  and ${bytes.length - MAX_DUMPED_BYTES} bytes more`);
  return lines;
}

interface ReplayOptions extends FilterOptions {
  readonly limit?: number;
  readonly maxReplays: number;
  readonly again: boolean;
  readonly dryRun: boolean;
}

async function replay(ids: readonly string[], options: ReplayOptions, connections: Connections): Promise<void> {
  const { limit = Number.POSITIVE_INFINITY, maxReplays, again, dryRun, ...filterOptions } = options;
  const filter = {
    ...filterOf(filterOptions, connections.config),
    ids: ids.length === 0 ? undefined : new Set(ids),
  };
  const settings = { filter, limit, maxReplays, again, dryRun };
  const { replayed, left } = await replayLetters(connections, settings);
  for (const id of replayed) printLine(`${id.padEnd(10)}  ${dryRun ? 'would be replayed' : 'replayed'}`);
  for (const [id, cause] of left) printLine(`${id.padEnd(10)}  not replayed: ${cause}`);
  printLine(`${replayed.length} ${dryRun ? 'would be replayed' : 'replayed'}, ${left.size} not replayed`);
}

function letterId(text: string): string {
  if (/^\d+:\d+$/.test(text)) return text;
  throw new InvalidArgumentError('expected partition:offset, as "deadletters list" prints it');
}

const letterIds = (text: string, before: readonly string[] = []): string[] => [...before, letterId(text)];
