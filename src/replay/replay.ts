import { randomUUID } from 'node:crypto';
import type { Config } from '../config.ts';
import { type Connections, withConnections } from '../connections.ts';
import { UsageError } from '../errors.ts';
import { acceptedAt } from '../events/accepted-at.ts';
import type { Log } from '../log.ts';
import type { UnreadableBatch } from '../record.ts';
import type { SinkContext, SinkRole, SinkTarget } from '../roles/role.ts';
import { Breaker } from '../runtime/breaker.ts';
import { ConsumerStatus } from '../runtime/consumer-status.ts';
import type { DeadLetters } from '../runtime/dead-letters.ts';
import type { Lifecycle } from '../runtime/lifecycle.ts';
import { createBatchHandler } from '../runtime/loop.ts';
import { describeUnreadable, rejectedBatch } from '../runtime/unreadable.ts';
import { openStore } from '../sinks/archive/open-store.ts';
import { topicName } from '../topics.ts';
import { openArchiveSource } from './archive-source.ts';
import { ReplayTally } from './replay-tally.ts';
import { type ReplayTarget, replayWork } from './replay-work.ts';
import { type Selection, selectionName } from './selection.ts';
import { sinkRoles } from './sink-roles.ts';
import type { Source } from './source.ts';
import { openTopicSource } from './topic-source.ts';
import type { TableDifferences } from './verify/compare-table.ts';
import { createScratchSchema } from './verify/scratch-schema.ts';
import { mayBeWithin, withinWindow } from './within-window.ts';

export interface ReplayOptions {
  readonly selection: Selection;
  /** The archive to read; undefined to read the topics. */
  readonly archive: { readonly bucket: string; readonly prefix: string } | undefined;
  /** Reads and counts records, and writes nothing. */
  readonly dryRun: boolean;
  /** Builds the tables a second time, in a schema of its own, and compares the two; nothing else is written. */
  readonly verify: boolean;
  /** Maximum records per second. */
  readonly rate: number | undefined;
  /** Leaves out batches within the window that cannot be read, and counts them as rejected; otherwise the replay stops there. */
  readonly skipUnreadable: boolean;
  /** Starts over although an interrupted replay of the same selection could be resumed. */
  readonly restart: boolean;
}

export interface ReplayReport {
  readonly tally: ReplayTally;
  /** False when the replay was stopped; the same replay resumes at its position. */
  readonly finished: boolean;
  readonly records: number;
  readonly seconds: number;
  /** The differences of each table; undefined unless a verification has finished. */
  readonly differences: readonly TableDifferences[] | undefined;
}

/** Shows how many records of a known total are stored. */
export interface ReplayProgress {
  add(records: number): void;
  end(): void;
}

export interface ReplayParts {
  readonly log: Log;
  /** Stops the replay early. */
  readonly signal: AbortSignal;
  /** @param note returns the failure that the replay waits for, if any. */
  readonly showProgress: (total: number, already: number, note: () => string | undefined) => ReplayProgress;
}

/** Records that were rejected before are rejected again: they are counted, and neither stop the replay nor become dead letters. */
const NEVER_OPEN = { runLength: Number.POSITIVE_INFINITY, ratio: 1, windowRecords: 1_000 };

/** Bytes fetched of one partition at a time; as many are read ahead. Records read and not yet stored are most of its memory. */
const FETCH_BYTES = 327_680;
const PARTITIONS_AT_ONCE = 3;

/**
 * Reads the selected records from the topics or the archive and gives them to the sinks, as the live pipeline would have.
 * A sink may write a record repeatedly, so a replay is safe beside live traffic and after an interruption.
 */
export function replay(config: Config, options: ReplayOptions, parts: ReplayParts): Promise<ReplayReport> {
  // A replay decodes with the schemas that exist and registers none.
  const settings = { purpose: 'replay', registers: [] } as const;
  return withConnections(config, parts.log, settings, (connections) => run(connections, options, parts));
}

async function run(
  connections: Connections,
  options: ReplayOptions,
  { log, signal, showProgress }: ReplayParts,
): Promise<ReplayReport> {
  const { config, telemetry, lifecycle } = connections;
  const { metrics } = telemetry;
  const status = new ConsumerStatus();
  const tally = new ReplayTally();
  const scratch = options.verify
    ? await lifecycle.start(
        'scratch',
        () => createScratchSchema(config.postgres.url.reveal()),
        (started) => started.drop(),
      )
    : undefined;
  const roles = options.dryRun ? [] : sinkRoles(options.selection.sinks);
  const sinks = await openSinks(roles, connections, scratch && { schema: scratch.schema }, lifecycle);
  const codec = await connections.codec();
  const onUnreadable = (batch: UnreadableBatch): void => {
    if (!mayBeWithin(batch, options.selection)) {
      tally.leftOut += countOffsets(batch);
      return;
    }
    if (!options.skipUnreadable) throw unreadableInReplay(batch);
    tally.reject(rejectedBatch(batch));
  };
  const open = () => openSource(connections, options, status, onUnreadable);
  let source = await open();
  if (options.restart && source.already > 0) {
    await source.forget();
    await source.close();
    source = await open();
  }
  await lifecycle.start(
    'source',
    () => source,
    (started) => started.close(),
  );

  const { selection, rate } = options;
  const work = replayWork({ sinks, run: selection.run, rate }, tally);
  const deadLetters: DeadLetters = {
    write: async (_, rejected) => {
      for (const each of rejected) tally.reject(each);
    },
  };
  const breaker = new Breaker(NEVER_OPEN);
  const handleSelected = createBatchHandler(work, {
    acceptedAt,
    breaker,
    codec,
    deadLetters,
    log,
    metrics,
    status,
    chunkRecords: config.consumer.chunkRecords,
  });
  const handle = withinWindow(selection, handleSelected, (records) => {
    tally.leftOut += records;
  });
  const startedAt = Date.now();
  const progress = showProgress(source.total, source.already, () => status.cause);
  try {
    await source.read(handle, signal, (records) => progress.add(records));
  } finally {
    progress.end();
  }
  const finished = !signal.aborted;
  if (finished || leavesNoTrace(options)) await source.forget();
  const seconds = (Date.now() - startedAt) / 1_000;
  const differences = finished ? await scratch?.compare(selection.run) : undefined;
  return { tally, finished, records: source.total - source.already, seconds, differences };
}

const countOffsets = ({ firstOffset, lastOffset = firstOffset }: UnreadableBatch): number =>
  Number(BigInt(lastOffset) - BigInt(firstOffset)) + 1;

const unreadableInReplay = (batch: UnreadableBatch): UsageError =>
  new UsageError(
    `${batch.topic}/${batch.partition}: ${describeUnreadable(batch)}. Run the replay with --skip-unreadable to leave such batches out`,
  );

async function openSinks(
  roles: readonly SinkRole[],
  context: SinkContext,
  target: SinkTarget | undefined,
  lifecycle: Lifecycle,
): Promise<ReplayTarget[]> {
  const sinks: ReplayTarget[] = [];
  for (const { name, reads, createSink } of roles) {
    const sink = createSink(context, target);
    await lifecycle.start(
      `${name} sink`,
      () => sink.open(),
      () => sink.close(),
    );
    sinks.push({ sink, reads });
  }
  return sinks;
}

/** Whether the replay starts at the first record and keeps no position. */
const leavesNoTrace = ({ dryRun, verify }: ReplayOptions): boolean => dryRun || verify;

function openSource(
  connections: Connections,
  options: ReplayOptions,
  status: ConsumerStatus,
  onUnreadable: (batch: UnreadableBatch) => void,
): Promise<Source> {
  const { config, telemetry } = connections;
  const { selection, archive } = options;
  const { topics } = selection;
  const name = leavesNoTrace(options) ? `once.${randomUUID()}` : selectionName(selection);
  const concurrency = Math.min(PARTITIONS_AT_ONCE, config.consumer.concurrency);
  if (archive !== undefined) {
    const store = openStore(config.s3, undefined, archive.bucket);
    return openArchiveSource(store, { prefix: archive.prefix, topics, window: selection, name, concurrency });
  }
  const settings = {
    topics: topics.map((topic) => topicName(config.kafka.topicPrefix, topic)),
    groupId: `${config.kafka.topicPrefix}thunderline.replay.${name}`,
    fetchBytes: Math.min(FETCH_BYTES, config.consumer.fetchBytes),
    since: selection.since,
    concurrency,
    onUnreadable,
  };
  return openTopicSource(connections, settings, { ...telemetry, status });
}
