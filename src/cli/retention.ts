import { Command } from 'commander';
import { loadConfig } from '../config.ts';
import { type Connections, withConnections } from '../connections.ts';
import { UsageError } from '../errors.ts';
import { readArchivedPoints } from '../replay/read-archived-points.ts';
import { applyRetention, type MoveOutcome, type RetentionParts } from '../retention/apply-retention.ts';
import { findPartitionStates, type PartitionReport } from '../retention/find-partition-states.ts';
import { Pace } from '../retention/pace.ts';
import { restoreTier, TierNotRestored } from '../retention/restore-tier.ts';
import { RetentionRuns } from '../retention/retention-lock.ts';
import { openStore } from '../sinks/archive/open-store.ts';
import { StoreUnavailable } from '../sinks/archive/store-error.ts';
import { DatabaseUnavailable } from '../store/database-error.ts';
import { createPool } from '../store/pool.ts';
import { setWidth } from '../store/tables/metric-partitions.ts';
import { index, numberFrom, wholeNumberFrom } from './arguments.ts';
import { commandLog } from './command-log.ts';
import { lowerPriority } from './lower-priority.ts';
import { printLine, printNote, printTable } from './print-line.ts';
import { stopOnSignal } from './stop-on-signal.ts';

interface Options {
  readonly apply: boolean;
  readonly rawDays?: number;
  readonly partitionTrials?: number;
  readonly restore?: number;
}

const DAY_MS = 86_400_000;
/** A scan of a partition takes minutes. */
const STATEMENT_TIMEOUT_MS = 12 * 3_600_000;
const LOCK_TIMEOUT_MS = 5_000;
const POOL_SIZE = 8;
/** Partitions of the topic whose archive is read side by side, without a pace. */
const PARTITIONS_AT_ONCE = 3;
const MOST_DAYS = 36_500;
/** Errors whose message is all that an operator needs. */
const REASONS = [RetentionRuns, TierNotRestored, StoreUnavailable] as const;
const MOST_TRIALS = 16_777_216;

/** `thunderline retention`: moves old metric points from Postgres to roll-ups and Parquet files. */
export const retentionCommand = (): Command =>
  new Command('retention')
    .description('move old metric points from Postgres to roll-ups and Parquet files')
    .option('--apply', 'move the partitions that are due; otherwise they are only listed', false)
    .option(
      '--raw-days <n>',
      'days that points stay in Postgres, instead of METRICS_RAW_DAYS',
      numberFrom(0, MOST_DAYS),
    )
    .option(
      '--partition-trials <n>',
      'set the number of trials in each new partition, and exit',
      wholeNumberFrom(1, MOST_TRIALS),
    )
    .option(
      '--restore <trial key>',
      'bring the points of the tier with this first trial back to Postgres, and exit',
      index,
    )
    .addHelpText(
      'after',
      '\nA partition is moved only if the archive has the same points. The command may be interrupted and repeated at any time.',
    )
    .action(async (options: Options) => {
      lowerPriority();
      const config = loadConfig();
      const log = commandLog();
      const settings = { purpose: 'replay', registers: [] } as const;
      await withConnections(config, log, settings, async (connections) => {
        const pool = await connections.lifecycle.start(
          'Postgres pool',
          () =>
            createPool(
              {
                databaseUrl: config.postgres.url.reveal(),
                poolSize: POOL_SIZE,
                statementTimeoutMs: STATEMENT_TIMEOUT_MS,
                lockTimeoutMs: LOCK_TIMEOUT_MS,
              },
              log,
            ),
          (opened) => opened.end(),
        );
        await pool.query('select 1').catch((error: unknown) => {
          throw new DatabaseUnavailable(error, 'cannot read the tables of DATABASE_URL');
        });
        const store = await connections.lifecycle.start(
          'bucket',
          () => openStore(config.s3),
          (opened) => opened.close(),
        );
        const tools: Tools = { pool, store, pace: new Pace(config.retention.share) };
        try {
          if (options.partitionTrials !== undefined) await changeWidth(pool, options.partitionTrials);
          else if (options.restore !== undefined) await restore(tools, options.restore);
          else await move(connections, tools, options);
        } catch (error) {
          if (!REASONS.some((reason) => error instanceof reason)) throw error;
          throw new UsageError((error as Error).message, { cause: error });
        }
      });
    });

type Tools = Pick<RetentionParts, 'pool' | 'store' | 'pace'>;

async function changeWidth(pool: Tools['pool'], trials: number): Promise<void> {
  const before = await setWidth(pool, trials);
  printLine(`new partitions have ${trials} trials (before: ${before}); those that exist keep theirs`);
}

async function restore({ pool, store, pace }: Tools, firstTrial: number): Promise<void> {
  const tier = await restoreTier(pool, store, firstTrial, pace);
  printLine(`${count(tier.points)} points are in Postgres again`);
}

/** Lists the partitions, and with `apply` moves those that are due. */
async function move(connections: Connections, tools: Tools, { apply, rawDays }: Options): Promise<void> {
  const { retention, archive } = connections.config;
  const days = rawDays ?? retention.rawDays;
  const olderThan = new Date(Date.now() - days * DAY_MS);
  printStates(await findPartitionStates(tools.pool, olderThan), days);
  if (!apply) return;
  const signal = stopOnSignal();
  const parts: RetentionParts = {
    ...tools,
    prefix: archive.prefix,
    signal,
    readArchive: (window, handle) =>
      readArchivedPoints(connections, window, handle, tools.pace.rests ? 1 : PARTITIONS_AT_ONCE, signal),
    onStep: ({ table, points: all = 0 }, step, points) =>
      printNote(`${table}: ${step}${points === undefined ? '' : `, ${count(points)} of ${count(all)} points`}`),
  };
  try {
    for await (const outcome of applyRetention(parts, olderThan)) printOutcome(outcome);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  if (!signal.aborted) return;
  printLine('stopped: the same command continues');
  process.exitCode = 130;
}

const count = (value: number): string => value.toLocaleString('en');
const day = (at: Date | undefined): string => at?.toISOString().slice(0, 10) ?? '';

const MEANING: Readonly<Record<PartitionReport['state'], string>> = {
  due: 'will be moved',
  late: 'has late points, which will be added to the tier',
  open: 'stays: new trials still get numbers of its range',
  young: 'stays: a trial or a point is younger than that',
  empty: 'stays: has no points',
};

function printStates(states: readonly PartitionReport[], rawDays: number): void {
  printLine(`points older than ${rawDays} days leave Postgres`);
  const rows = states.map(({ table, first, end, state, bytes, points, oldestAt, newestAt }) => [
    table,
    `${first} to ${end - 1}`,
    `${count(Math.round(bytes / 1_048_576))} MiB`,
    points === undefined ? '' : count(points),
    day(oldestAt),
    day(newestAt),
    MEANING[state],
  ]);
  printTable(['partition', 'trials', 'size', 'points', 'oldest', 'newest', ''], rows);
}

function printOutcome(outcome: MoveOutcome): void {
  const { table } = outcome.partition;
  switch (outcome.kind) {
    case 'moved': {
      const bytes = outcome.files.reduce((sum, file) => sum + file.bytes, 0);
      printLine(
        `${table}: moved ${count(outcome.points)} points to ${outcome.files.length} files of ${count(bytes)} bytes`,
      );
      return;
    }
    case 'changed':
      printLine(`${table}: stays for the next run: ${outcome.reason}`);
      return;
    default:
      process.exitCode = 1;
      printLine(`${table}: stays: ${count(outcome.difference.count)} points differ from the archive`);
      for (const key of outcome.missing) {
        printLine(`  the file ${key} is not in the bucket: replay its trials with --sink postgres, and run this again`);
      }
      for (const example of outcome.difference.examples) printLine(`  ${example}`);
  }
}
