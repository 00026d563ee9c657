import { setTimeout as sleep } from 'node:timers/promises';
import { Command } from 'commander';
import { loadConfig } from '../config.ts';
import { UsageError } from '../errors.ts';
import { openLedger } from '../fleet/ledger.ts';
import { LoadTally } from '../fleet/load-tally.ts';
import { createPoster } from '../fleet/poster.ts';
import { runFleet, trialsOf } from '../fleet/run-fleet.ts';
import type { FleetPlan } from '../fleet/trial.ts';
import { verifyLedger } from '../fleet/verify-ledger.ts';
import { numberFrom, wholeNumber, wholeNumberFrom } from './arguments.ts';
import { printLine } from './print-line.ts';
import type { ProgressView } from './progress.ts';
import { apiKeyArgument, apiKeyFileOption, readApiKey } from './read-api-key.ts';
import { withLoadReport } from './with-load-report.ts';

interface Options extends Omit<FleetPlan, 'modelRunId'> {
  readonly url: string;
  readonly run?: string;
  readonly apiKeyFile?: string;
  readonly connections: number;
  readonly ledger?: string;
  readonly verify?: boolean;
}

const ANSWER_TIMEOUT_MS = 30_000;
/** The time until all acknowledged events must be in the tables, from the end of the fleet. */
const SETTLE_MS = 60_000;

/** `thunderline simulate`: simulates a fleet of training loops, and writes a ledger of every event and its answer. */
export const simulateCommand = (): Command =>
  new Command('simulate')
    .description('post the events of a simulated fleet of training loops')
    .option('--url <url>', 'gateway', 'http://127.0.0.1:4000')
    .addOption(apiKeyFileOption('ingest'))
    .addOption(apiKeyArgument())
    .option('--run <id>', 'model_run_id (default: simulated-<time>)')
    .option('--trials-per-second <n>', 'trials started a second', numberFrom(0.001), 10)
    .option('--seconds <n>', 'time during which new trials are started, in seconds', numberFrom(0.1), 10)
    .option('--steps <n>', 'metric events of each trial', wholeNumber, 20)
    .option('--trial-ms <n>', 'duration of a trial, in milliseconds', numberFrom(0), 5_000)
    .option('--failure-share <n>', 'share of trials that fail, from 0 to 1', numberFrom(0, 1), 0.1)
    .option('--batch <n>', 'events in one request', wholeNumberFrom(1, 10_000), 1)
    .option('--connections <n>', 'maximum number of connections to the gateway', wholeNumberFrom(1, 10_000), 128)
    .option('--ledger <file>', 'write every event id and its answer to this file')
    .option('--verify', 'afterwards check every acknowledged event against Postgres (DATABASE_URL); needs --ledger')
    .action(simulate);

async function simulate(options: Options): Promise<void> {
  if (options.verify && options.ledger === undefined) throw new UsageError('--verify needs --ledger <file>');
  const plan: FleetPlan = { ...options, modelRunId: options.run ?? `simulated-${new Date().toISOString()}` };
  const tally = new LoadTally();
  const { url: gatewayUrl, apiKeyFile, connections } = options;
  const apiKey = await readApiKey(apiKeyFile);
  const poster = createPoster({ gatewayUrl, apiKey, connections, timeoutMs: ANSWER_TIMEOUT_MS });
  const ledger = openLedger(options.ledger);
  printLine(`run        ${plan.modelRunId}`);
  try {
    await withLoadReport(
      tally,
      () => viewOf(plan, tally),
      (signal) => runFleet({ plan, poster, ledger, tally, signal }),
    );
  } finally {
    poster.close();
    await ledger.close();
  }
  if (tally.rejected + tally.unknown > 0) process.exitCode = 1;
  if (options.verify && options.ledger !== undefined) await verify(options.ledger);
}

function viewOf(plan: FleetPlan, tally: LoadTally): ProgressView {
  const { trialsEnded, accepted, rejected, unknown, retries } = tally;
  const planned = trialsOf(plan);
  const seconds = plan.seconds + plan.trialMs / 1_000;
  const events = `${accepted} accepted, ${rejected} rejected, ${unknown} unknown, ${retries} retries`;
  const time = `${tally.seconds.toFixed(0)} of about ${seconds.toFixed(0)} s`;
  return { share: trialsEnded / planned, text: `${trialsEnded}/${planned} trials, ${events}, ${time}` };
}

async function verify(path: string): Promise<void> {
  const databaseUrl = loadConfig().postgres.url.reveal();
  const until = Date.now() + SETTLE_MS;
  let verdict = await verifyLedger(path, databaseUrl);
  while (verdict.missingCount > 0 && Date.now() < until) {
    await sleep(1_000);
    verdict = await verifyLedger(path, databaseUrl);
  }
  printLine(
    `ledger     ${verdict.acknowledged} acknowledged, ${verdict.missingCount} missing, ${verdict.unwanted.length} rejected but stored`,
  );
  for (const line of [...verdict.missing, ...verdict.unwanted].slice(0, 20)) printLine(`           ${line}`);
  if (verdict.missingCount + verdict.unwanted.length > 0) process.exitCode = 1;
}
