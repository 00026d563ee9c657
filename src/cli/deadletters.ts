import { Command, InvalidArgumentError } from 'commander';
import { type Codec, createCodec } from '../avro/codec.ts';
import { connectRegistry } from '../avro/registry.ts';
import { loadSchemas } from '../avro/schemas.ts';
import { type Config, loadConfig } from '../config.ts';
import { UsageError } from '../errors.ts';
import { createKafka } from '../kafka/client/create-kafka.ts';
import { connectProducer } from '../kafka/client/producer.ts';
import { createLog } from '../log.ts';
import { createMetrics } from '../metrics.ts';
import {
  type LetterFilter,
  matches,
  readDeadLetters,
  type StoredLetter,
} from '../replay/dead-letters/read-dead-letters.ts';
import { replayLetters } from '../replay/dead-letters/replay-letters.ts';
import { topicName } from '../topics.ts';
import { time, wholeNumber } from './arguments.ts';
import { printLine } from './print-line.ts';

interface FilterOptions {
  readonly stage?: string;
  readonly reason?: string;
  readonly topic?: string;
  readonly since?: number;
  readonly until?: number;
}

const log = () => createLog('error');

/** `thunderline deadletters list|show|replay`: what could not be processed, and another try for it. */
export function deadlettersCommand(): Command {
  const command = new Command('deadletters').description('list, show or replay what could not be processed');
  withFilters(command.command('list').description('one line for each dead letter')).action(list);
  command
    .command('show')
    .description('everything about one dead letter')
    .argument('<id>', 'partition:offset, as list prints it', letterId)
    .action(show);
  withFilters(command.command('replay').description('send dead letters back to the topics they came from'))
    .argument('[ids...]', 'those to replay; none means all that match')
    .option('--limit <n>', 'dead letters replayed, at most', wholeNumber, Number.POSITIVE_INFINITY)
    .option('--max-replays <n>', 'how often one record may be replayed, over all its failures', wholeNumber, 3)
    .option('--again', 'also those that were replayed already', false)
    .option('--dry-run', 'say what would be replayed, and send nothing', false)
    .action(replay);
  return command;
}

const withFilters = (command: Command): Command =>
  command
    .option('--stage <name>', 'given up by this stage or sink')
    .option('--reason <code>', 'for this cause, a code of docs/errors.md')
    .option('--topic <name>', 'read from this topic, named without the prefix')
    .option('--since <time>', 'given up at or after it: ISO 8601 or epoch milliseconds', time)
    .option('--until <time>', 'given up before it', time);

function filterOf({ topic, ...options }: FilterOptions, config: Config): LetterFilter {
  return { ...options, topic: topic && topicName(config.kafka.topicPrefix, topic as never) };
}

/** No topics: these commands read with the schemas there are, and register none. */
const codecOf = (config: Config): Promise<Codec> =>
  createCodec(connectRegistry(config.registry), loadSchemas(), config.kafka.topicPrefix, []);

async function list(options: FilterOptions): Promise<void> {
  const config = loadConfig();
  const filter = filterOf(options, config);
  const lines = new Map<string, string>();
  const settled = new Map<string, number>();
  await readDeadLetters(config, await codecOf(config), log(), {
    onLetters(letters) {
      for (const stored of letters) if (matches(stored, filter)) lines.set(stored.id, describe(stored));
    },
    onSettled: (id) => settled.set(id, (settled.get(id) ?? 0) + 1),
  });
  for (const [id, line] of lines) printLine(`${line}${settled.has(id) ? '  replayed' : ''}`);
  const replayed = [...lines.keys()].filter((id) => settled.has(id)).length;
  printLine(`${lines.size} dead letters, ${replayed} of them replayed`);
}

function describe({ id, letter }: StoredLetter): string {
  const where = `${letter.topic}/${letter.partition}@${letter.offset}`;
  const at = new Date(letter.failed_at).toISOString();
  const replays = letter.replays === 0 ? '' : `  (replays: ${letter.replays})`;
  return `${id.padEnd(10)}  ${at}  ${letter.stage.padEnd(8)}  ${letter.reason.padEnd(20)}  ${where}${replays}  ${letter.message}`;
}

async function show(id: string): Promise<void> {
  const config = loadConfig();
  const codec = await codecOf(config);
  let found: StoredLetter | undefined;
  let replayed = 0;
  await readDeadLetters(config, codec, log(), {
    onLetters(letters) {
      found ??= letters.find((stored) => stored.id === id);
    },
    onSettled(settled) {
      if (settled === id) replayed += 1;
    },
  });
  if (found === undefined) throw new UsageError(`there is no dead letter ${id}: see "thunderline deadletters list"`);
  const { key, value, headers, timestamp, failed_at, ...rest } = found.letter;
  printLine(`id          ${id}${replayed === 0 ? '' : `, replayed ${replayed} times from here`}`);
  for (const [name, each] of Object.entries(rest)) printLine(`${name.padEnd(10)}  ${each}`);
  printLine(`timestamp   ${new Date(timestamp).toISOString()}`);
  printLine(`failed_at   ${new Date(failed_at).toISOString()}`);
  printLine(`key         ${key === null ? 'none' : JSON.stringify(key.toString())}`);
  for (const header of headers) printLine(`header      ${header.key}: ${header.value?.toString() ?? 'none'}`);
  printLine(`value       ${value === null ? 'none' : `${value.length} bytes`}`);
  if (value !== null) for (const line of hexDump(value)) printLine(line);
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
  readonly limit: number;
  readonly maxReplays: number;
  readonly again: boolean;
  readonly dryRun: boolean;
}

async function replay(ids: readonly string[], options: ReplayOptions): Promise<void> {
  const { limit, maxReplays, again, dryRun, ...filterOptions } = options;
  const config = loadConfig();
  const filter = { ...filterOf(filterOptions, config), ids: ids.length === 0 ? undefined : new Set(ids.map(letterId)) };
  const kafka = createKafka(config.kafka, 'deadletters', { log: log() });
  const producer = await connectProducer(kafka, { deadlineMs: config.producer.deadlineMs }, createMetrics());
  try {
    const codec = await codecOf(config);
    const settings = { filter, limit, maxReplays, again, dryRun };
    const { replayed, left } = await replayLetters(config, codec, producer, settings, log());
    for (const id of replayed) printLine(`${id.padEnd(10)}  ${dryRun ? 'would be replayed' : 'replayed'}`);
    for (const [id, cause] of left) printLine(`${id.padEnd(10)}  left: ${cause}`);
    printLine(`${replayed.length} ${dryRun ? 'would be replayed' : 'replayed'}, ${left.size} left`);
  } finally {
    await producer.close();
  }
}

function letterId(text: string): string {
  if (/^\d+:\d+$/.test(text)) return text;
  throw new InvalidArgumentError('expected partition:offset, as "deadletters list" prints it');
}
